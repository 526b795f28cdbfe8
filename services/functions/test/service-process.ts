import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { until } from '@stampede/kit/testing/until'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const FLAGS = ['--disable-warning=ExperimentalWarning', '--disable-warning=TimeoutNegativeWarning']

/** The service as a process of its own, to be killed; ready when this returns. */
export async function openProcess(url: string, env: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const child = spawn(process.execPath, [...FLAGS, MAIN], {
    env: { ...process.env, ...env },
    stdio: 'inherit',
  })
  await until('a process that is ready', () => isReady(url, child), 30_000)
  return child
}

/** Kills it with no time for a last word. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

async function isReady(url: string, child: ChildProcess): Promise<boolean> {
  if (child.exitCode !== null) throw new Error(`the service ended with ${child.exitCode}`)
  const answer = await fetch(`${url}/health/ready`).catch(() => undefined)
  return answer?.ok === true
}
