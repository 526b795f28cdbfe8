import type { FunctionEvent, FunctionName } from '@stampede/contracts/functions'
import { isHop } from '@stampede/contracts/telemetry'
import { isOutage } from '@stampede/kit/events/outage'
import type { Replay } from '@stampede/kit/events/replay'
import type { Log } from '@stampede/kit/log'
import { tracedOne } from '@stampede/kit/tracing/spans'
import { traceIdOf } from '@stampede/kit/tracing/trace-id'
import type { Calls, Taken } from './adapters/calls-postgres.ts'
import type { Made } from './adapters/effects-postgres.ts'
import type { Runtime } from './adapters/runtime-piscina.ts'
import { checkResult } from './check-result.ts'
import type { CallKey } from './domain/registry.ts'

export interface RunPorts {
  readonly log: Log
  readonly calls: Calls
  readonly runtime: Runtime
  readonly announce: (calls: readonly CallKey[]) => Promise<void>
  readonly triesMax: number
  readonly findDead: (letterId: string) => Promise<CallKey | undefined>
  readonly finishDead: (letterId: string, found: { taken: Taken; made: Made }) => Promise<Replay>
}

/** What a call by hand came to. `full`: no thread in sight; `under-way`: another has it, or it waits. */
export type Invoked = { readonly result: unknown } | { readonly failed: string } | 'full' | 'under-way'

/** Takes calls through their functions. All of it rejects only while Postgres is away. */
export function openRunning(ports: RunPorts) {
  const { log, calls, runtime, announce, triesMax, findDead, finishDead } = ports

  /** Runs a call if it is due, and ends or fails it. */
  async function run(key: CallKey): Promise<void> {
    // Before it is taken, so that a call that was not even tried has no try to its name.
    if (runtime.full) return
    const taken = await calls.take(key)
    if (!taken) return
    await asHop(taken, () => end(taken))
  }

  async function end(taken: Taken): Promise<CallKey[] | { failed: string }> {
    const made = await make(taken, triesMax)
    const ended = 'failed' in made ? made : await unlessRefused(calls.finish(taken, made))
    await announce('failed' in ended ? await fail(taken, ended.failed) : ended)
    return ended
  }

  /** Returns who can go on without it. */
  async function fail(taken: Taken, reason: string): Promise<CallKey[]> {
    const { isDead, woken } = await calls.fail(taken, reason)
    const { key, event, tries } = taken
    const traceId = traceIdOf(event.traceparent)
    if (isDead) log.error({ ...key, traceId, tries, reason }, 'call given up')
    return woken
  }

  async function make(
    { key, event, tries, context }: Taken,
    most: number,
  ): Promise<Made | { failed: string }> {
    // Its worker was lost in the last try, and perhaps by its doing: no more of them.
    if (tries > most) return { failed: `not heard of again in ${most} tries` }
    const ran = await runtime.run(key.name, event, context)
    if (ran === 'full') return { failed: 'too many calls wait' }
    if ('failed' in ran) return ran
    const checked = checkResult(key.name, ran.text)
    return 'failed' in checked ? checked : { name: key.name, result: checked.result }
  }

  return {
    run,
    /** The same by hand: the effect happens once, and the answer is what is stored. */
    async invoke(name: FunctionName, event: FunctionEvent): Promise<Invoked> {
      if (runtime.full) return 'full'
      const key = { name, eventId: event.id }
      await calls.note(name, event)
      await run(key)
      const row = await calls.look(key)
      if (row?.state === 'done') return { result: row.result }
      return row?.error ? { failed: row.error } : 'under-way'
    },
    /** Tries a call again that had been given up. */
    async replay(letterId: string): Promise<Replay> {
      const key = await findDead(letterId)
      if (!key) return 'not_found'
      const taken = await calls.takeDead(key)
      if (!taken) return { failed: 'it was replayed before' }
      return asHop(taken, async () => {
        const made = await make(taken, Number.POSITIVE_INFINITY)
        return 'failed' in made ? made : unlessRefused(finishDead(letterId, { taken, made }))
      })
    },
  }
}

/** Does the work of a call and tells of it. Why it failed stands in its row: that may hold anything. */
function asHop<R extends object | string>({ key, event }: Taken, work: () => Promise<R>): Promise<R> {
  const hop = `run ${key.name} for ${event.type}`
  if (!isHop(hop)) return work()
  const failedOf = (end: R) => (typeof end === 'object' && 'failed' in end ? 'function_failed' : undefined)
  return tracedOne(hop, { traceId: traceIdOf(event.traceparent), failedOf }, work)
}

/** An effect that the database will not have is a failure of its call; that it is away is nobody's. */
async function unlessRefused<T>(work: Promise<T>): Promise<T | { readonly failed: string }> {
  try {
    return await work
  } catch (error) {
    if (isOutage(error)) throw error
    return { failed: String(error) }
  }
}
