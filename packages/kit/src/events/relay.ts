import { setTimeout as sleep } from 'node:timers/promises'
import { within } from '../limit.ts'
import type { Log } from '../log.ts'
import { type Pool, transaction } from '../postgres.ts'
import { backoffMs } from './backoff.ts'
import type { KafkaLink } from './kafka.ts'
import { type Hints, lookAtLogs } from './log-watch.ts'
import { openPasses, type Pass, type Passes } from './passes.ts'
import { openPruner } from './prune.ts'
import { openSender } from './sender.ts'
import { LostLog, type TopicLog } from './topic-log.ts'

const REST_MS = 50
const RETRY_FIRST_MS = 100
const RETRY_MOST_MS = 2_000
const CLOSE_MS = 5_000
/** Looks only at the oldest rows: a full scan would cost more than the rows do. */
export const PRUNE_OUTBOX_SQL = `delete from outbox where id in (
  select id from (select id, sent_at from outbox order by id limit 1000) as oldest
  where sent_at < now() - interval '7 days')`

export interface RelayOptions {
  /** Connections whose search path holds the table `outbox`; one is used at a time. */
  readonly pool: Pool
  readonly kafka: KafkaLink
  readonly log: Log
  /** Most outbox rows in one pass. */
  readonly rowsMax?: number
  /** How often to look for rows nobody rang for: those of a process that died. */
  readonly pollMs?: number
  /** How often to look whether Kafka still has what it confirmed. */
  readonly lookMs?: number
}

export interface Relay {
  /** Call after a commit that told something. Calls of the next 50 ms lead to one pass. */
  wake(): void
  /** Sends what is there, if that takes less than 5 s; the rest is sent by the next relay. */
  close(): Promise<void>
}

/**
 * Carries the outbox to Kafka, at least once, for as long as it takes, and again when Kafka has lost it. Any
 * number of relays may work on one outbox. Events of one subject keep their order only while one relay works
 * and Kafka loses nothing; consumers must not rely on it.
 */
export function openRelay(options: RelayOptions): Relay {
  const { pool, kafka, log, rowsMax = 64, pollMs = 500, lookMs = 5_000 } = options
  const bell = openBell()
  const closing = new AbortController()
  const sender = openSender(kafka)
  const passes = openPasses({ sender, kafka, rowsMax })
  const pruner = openPruner({ pool, log, sql: PRUNE_OUTBOX_SQL })
  const look = (hints?: Hints) => lookAtLogs({ pool, kafka, log }, hints)
  const watch = watchEvery(lookMs, () => look().then(bell.ring))
  const finished = run()

  async function run(): Promise<void> {
    let failures = 0
    let sure = false
    let lost: TopicLog | undefined
    while (!closing.signal.aborted) {
      try {
        // Whatever went wrong, Kafka may have lost something over it, and so it may while nobody looked.
        if (!sure) await look({ lost })
        sure = true
        lost = undefined
        const { rows, retelling } = await tellNew(pool, passes, look)
        // In turns, so that what is new does not wait behind all that was ever told.
        const more = retelling && (await transaction(pool, passes.tellAgain))
        if (failures > 0) log.info({ failures }, 'events flow again')
        failures = 0
        if (rows === rowsMax || more) continue
        await sleep(REST_MS)
        await bell.wait(pollMs - REST_MS)
      } catch (error) {
        if (error instanceof LostLog) lost = error.log
        sure = false
        failures++
        if (failures === 1) log.warn({ err: error }, 'events wait in the outbox; trying on')
        const pauseMs = backoffMs(failures, RETRY_FIRST_MS, RETRY_MOST_MS)
        await sleep(pauseMs, undefined, { signal: closing.signal }).catch(() => undefined)
      }
    }
  }

  async function drain(): Promise<void> {
    await finished
    while ((await tellNew(pool, passes, look)).rows > 0);
  }

  return {
    wake: bell.ring,
    async close() {
      closing.abort()
      watch.close()
      bell.ring()
      pruner.close()
      await within(CLOSE_MS, 'draining the outbox', drain()).catch((error: unknown) => {
        log.warn({ err: error }, 'events stay in the outbox for the next relay')
      })
      await sender.close()
    },
  }
}

/** Topics that nothing is known of must be looked at before anything is told on them. */
async function tellNew(pool: Pool, passes: Passes, look: (hints: Hints) => Promise<void>): Promise<Pass> {
  for (;;) {
    const pass = await transaction(pool, passes.tellNew)
    if (pass.strange.length === 0) return pass
    await look({ begun: pass.strange })
  }
}

/** Looks again and again, one look at a time; one that fails is made up for by the next. */
function watchEvery(everyMs: number, look: () => Promise<void>): { close(): void } {
  let looking = false
  const timer = setInterval(() => {
    if (looking) return
    looking = true
    void look()
      .catch(() => undefined)
      .finally(() => {
        looking = false
      })
  }, everyMs)
  return { close: () => clearInterval(timer) }
}

function openBell() {
  let rung = false
  let open = () => {}
  return {
    ring() {
      rung = true
      open()
    },
    /** Waits until somebody rings or has rung since the last wait, at most `ms`. */
    async wait(ms: number): Promise<void> {
      if (!rung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms)
          open = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      rung = false
    },
  }
}
