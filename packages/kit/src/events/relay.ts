import { setTimeout as sleep } from 'node:timers/promises'
import type { Topic } from '@stampede/contracts/events'
import { within } from '../limit.ts'
import type { Log } from '../log.ts'
import { type Pool, type Tx, transaction } from '../postgres.ts'
import { backoffMs } from './backoff.ts'
import { type KafkaLink, nameOf } from './kafka.ts'
import { unpackEvents } from './outbox.ts'
import { openPruner } from './prune.ts'
import { type Letter, openSender } from './sender.ts'

const REST_MS = 50
const RETRY_FIRST_MS = 100
const RETRY_MOST_MS = 2_000
const CLOSE_MS = 5_000
// Longer than a send may take, or Postgres would end the transaction of a relay that is merely waiting.
const IDLE_MS = 120_000

// Never "id > the last one": ids are drawn before they commit, so a smaller one may appear later.
const CLAIM_SQL = `select id, topic, events from outbox where sent_at is null order by id limit $1
  for no key update skip locked`
const SENT_SQL = 'update outbox set sent_at = now() where id = any($1::bigint[])'
const LAG_SQL = `select count(*)::int as rows, coalesce(sum(count), 0)::int as events,
  coalesce(extract(epoch from now() - min(created_at)) * 1000, 0)::float8 as "oldestMs"
  from outbox where sent_at is null`
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
}

/** What is committed and not yet told. */
export interface RelayLag {
  readonly rows: number
  readonly events: number
  readonly oldestMs: number
}

export interface Relay {
  /** Call after a commit that told something. Calls of the next 50 ms lead to one pass. */
  wake(): void
  /** Asks Postgres. */
  lag(): Promise<RelayLag>
  /** Sends what is there, if that takes less than 5 s; the rest is sent by the next relay. */
  close(): Promise<void>
}

interface OutboxRow {
  readonly id: number
  readonly topic: Topic
  readonly events: string
}

/**
 * Carries the outbox to Kafka, at least once, for as long as it takes. Any number of relays may work on one
 * outbox. Events of one subject keep their order only while one relay works; consumers must not rely on it.
 */
export function openRelay(options: RelayOptions): Relay {
  const { pool, kafka, log, rowsMax = 64, pollMs = 500 } = options
  const bell = openBell()
  const closing = new AbortController()
  const sender = openSender(kafka)
  const pruner = openPruner({ pool, log, sql: PRUNE_OUTBOX_SQL })
  const finished = run()

  async function run(): Promise<void> {
    let failures = 0
    while (!closing.signal.aborted) {
      try {
        const rows = await transaction(pool, pass)
        if (failures > 0) log.info({ failures }, 'events flow again')
        failures = 0
        if (rows === rowsMax) continue
        await sleep(REST_MS)
        await bell.wait(pollMs - REST_MS)
      } catch (error) {
        failures++
        if (failures === 1) log.warn({ err: error }, 'events wait in the outbox; trying on')
        const pauseMs = backoffMs(failures, RETRY_FIRST_MS, RETRY_MOST_MS)
        await sleep(pauseMs, undefined, { signal: closing.signal }).catch(() => undefined)
      }
    }
  }

  async function pass(tx: Tx): Promise<number> {
    tx.send(`set local idle_in_transaction_session_timeout = ${IDLE_MS}`)
    const { rows } = await tx.query<OutboxRow>(CLAIM_SQL, [rowsMax])
    if (rows.length === 0) return 0
    await sender.send(rows.flatMap(toLetters))
    tx.send(SENT_SQL, [rows.map(({ id }) => id)])
    return rows.length
  }

  function toLetters({ topic, events }: OutboxRow): Letter[] {
    const letters: Letter[] = []
    const name = nameOf(kafka, topic)
    unpackEvents(events, (key, value) => letters.push({ topic: name, key, value }))
    return letters
  }

  async function drain(): Promise<void> {
    await finished
    while ((await transaction(pool, pass)) > 0);
  }

  return {
    wake: bell.ring,
    async lag() {
      const { rows } = await pool.query<RelayLag>(LAG_SQL)
      return rows[0] as RelayLag
    },
    async close() {
      closing.abort()
      bell.ring()
      pruner.close()
      await within(CLOSE_MS, 'draining the outbox', drain()).catch((error: unknown) => {
        log.warn({ err: error }, 'events stay in the outbox for the next relay')
      })
      await sender.close()
    },
  }
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
