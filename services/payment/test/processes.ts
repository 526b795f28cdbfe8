import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { until } from '@stampede/kit/testing/until'

export interface Running {
  readonly url: string
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
}

/** Runs a service as a process of its own, on a port that stays the same when it is run again. */
export async function run(service: 'payment' | 'provider', env: NodeJS.ProcessEnv): Promise<Running> {
  const main = resolve(import.meta.dirname, '../..', service, 'src/main.ts')
  const { PATH, DATABASE_URL, KAFKA_BROKERS } = process.env
  const child = spawn(process.execPath, ['--disable-warning=TimeoutNegativeWarning', main], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { PATH, DATABASE_URL, KAFKA_BROKERS, LOG_LEVEL: 'error', ...env },
  })
  const url = `http://127.0.0.1:${env['PORT']}`
  await until(`${service} is ready`, () => isReady(url, child), 30_000)
  return {
    url,
    async stop(signal) {
      const gone = once(child, 'exit')
      child.kill(signal)
      const [code] = await gone
      if (signal === 'SIGTERM' && code !== 0) throw new Error(`${service} did not drain: ${code}`)
    },
  }
}

async function isReady(url: string, child: ChildProcess): Promise<boolean> {
  if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode} instead of getting ready`)
  const answer = await fetch(`${url}/health/ready`).catch(() => undefined)
  await answer?.body?.cancel()
  return answer?.status === 200
}
