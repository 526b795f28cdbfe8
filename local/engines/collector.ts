import { resolve } from 'node:path'
import type { PartSpec, Report } from '../part.ts'
import { type Profile, type ProfileChoice, pickProfile, ROOT, refuseTakenPorts } from '../profile.ts'
import { openSupervisor } from '../supervisor.ts'
import { otlpUrlOf } from './jaeger.ts'

const CONFIG = resolve(ROOT, 'infra/otel/collector.yaml')

/** The collector as it stands before a backend, on a port of its own. */
export interface Collector {
  /** Where it takes OTLP over HTTP. */
  readonly url: string
  close(): Promise<void>
}

export interface CollectorChoice extends ProfileChoice {
  /** A collector's program; Jaeger 2 is one, see `findJaeger`. */
  readonly file: string
  /** Where it sends what is left, as JSON and not compressed, so that bytes can be compared. */
  readonly to: string
  readonly report?: Report
}

/** Runs `infra/otel/collector.yaml`, in a hurry: what it sends leaves within a second. */
export async function openCollector({
  file,
  to,
  report = () => undefined,
  ...choice
}: CollectorChoice): Promise<Collector> {
  const profile = pickProfile(choice)
  await refuseTakenPorts(new Map([['collector', profile.port('otlp')]]))
  const supervisor = await openSupervisor(profile, report)
  await supervisor.start(collectorSpec(file, profile, to))
  return { url: otlpUrlOf(profile), close: () => supervisor.close() }
}

function collectorSpec(file: string, profile: Profile, to: string): PartSpec {
  const url = otlpUrlOf(profile)
  return {
    name: 'collector',
    role: 'engine',
    url,
    file,
    args: ['--config', CONFIG],
    env: {
      ...process.env,
      ...{ OTLP_IN: new URL(url).host, OTLP_OUT: to, OTLP_ENCODING: 'json', OTLP_COMPRESSION: 'none' },
      ...{ BATCH_WAIT: '200ms', TAIL_WAIT: '1s', COLLECTOR_METRICS: 'none' },
    },
    channel: false,
    // Told to stop, it sends what it still holds.
    stop: { signal: 'SIGTERM', limitMs: 30_000 },
    async check() {
      const headers = { 'content-type': 'application/json' }
      const init = { method: 'POST', headers, body: '{}', signal: AbortSignal.timeout(2_000) }
      const answer = await fetch(`${url}/v1/logs`, init)
      await answer.body?.cancel()
      if (!answer.ok) throw new Error(`the collector answers ${answer.status}`)
    },
    readyMs: 20_000,
  }
}
