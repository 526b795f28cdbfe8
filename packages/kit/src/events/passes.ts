import type { Topic } from '@stampede/contracts/events'
import { countHop } from '../metrics/hop-metrics.ts'
import type { Tx } from '../postgres.ts'
import { keptTracesIn } from '../tracing/kept-traces.ts'
import { quietly } from '../tracing/quietly.ts'
import { nameOf as errorName, isTracing, keepRound } from '../tracing/spans.ts'
import { wallMs } from '../tracing/wall-clock.ts'
import { headersOf } from './generation.ts'
import { type KafkaLink, nameOf } from './kafka.ts'
import { unpackEvents } from './outbox.ts'
import { type OutboxRow, retellSome } from './retell.ts'
import type { Letter, Sender } from './sender.ts'
import { noteEnds, readLogs, type TopicLog } from './topic-log.ts'

// Longer than a send may take, or Postgres would end the transaction of a relay that is merely waiting.
const IDLE_SQL = 'set local idle_in_transaction_session_timeout = 120000'
// Never "id > the last one": ids are drawn before they commit, so a smaller one may appear later.
const CLAIM_SQL = `select id, topic, events from outbox where sent_at is null order by id limit $1
  for no key update skip locked`
const SENT_SQL = 'update outbox set sent_at = now() where id = any($1::bigint[])'

export interface PassesOptions {
  readonly sender: Sender
  readonly kafka: KafkaLink
  /** Most outbox rows in one pass. */
  readonly rowsMax: number
}

/** What one pass came to: rows told, or topics that must be looked at before anything is told on them. */
export interface Pass {
  readonly rows: number
  readonly strange: readonly Topic[]
  /** Whether something is to be told again. */
  readonly retelling: boolean
}

export type Passes = ReturnType<typeof openPasses>

/** Makes what a relay does in a transaction. Rejecting leaves all as it was: the same is told again. */
export function openPasses({ sender, kafka, rowsMax }: PassesOptions) {
  /** Sends rows and remembers how far the logs reach. */
  async function send(tx: Tx, logs: ReadonlyMap<string, TopicLog>, rows: readonly OutboxRow[]) {
    const packs = rows.map((row) => ({ ...row, letters: toLetters(row, logs.get(row.topic)) }))
    const startMs = wallMs()
    const receipts = await sender.send(packs.flatMap(({ letters }) => letters)).catch((error: unknown) => {
      tellOf(packs, startMs, errorName(error))
      throw error
    })
    tellOf(packs, startMs)
    const places = receipts.map((place) => ({ ...place, topic: place.topic.slice(kafka.prefix.length) }))
    await noteEnds(tx, logs, places)
  }

  function toLetters({ topic, events }: OutboxRow, log: TopicLog | undefined): Letter[] {
    const letters: Letter[] = []
    const frame = { topic: nameOf(kafka, topic), ...headersOf(log?.generation) }
    unpackEvents(events, (key, value) => letters.push({ ...frame, key, value }))
    return letters
  }

  return {
    async tellNew(tx: Tx): Promise<Pass> {
      tx.send(IDLE_SQL)
      const claimed = tx.query<OutboxRow>(CLAIM_SQL, [rowsMax])
      const [logs, { rows }] = await Promise.all([readLogs(tx), claimed])
      const strange = rows.map(({ topic }) => topic).filter((topic) => !logs.has(topic))
      const retelling = [...logs.values()].some((log) => log.retelling)
      if (rows.length === 0 || strange.length > 0) return { rows: 0, strange, retelling }
      await send(tx, logs, rows)
      tx.send(SENT_SQL, [rows.map(({ id }) => id)])
      return { rows: rows.length, strange, retelling }
    },
    /** Tells some of a lost log again; false when none is left to tell. */
    async tellAgain(tx: Tx): Promise<boolean> {
      tx.send(IDLE_SQL)
      const logs = await readLogs(tx)
      return retellSome(tx, rowsMax, (rows) => send(tx, logs, rows))
    },
  }
}

interface Pack extends OutboxRow {
  readonly letters: readonly Letter[]
}

/**
 * What was sent of one topic at once is counted as one batch. Spans are only kept when it has been sent: a
 * hop that is tried again shows its last try.
 */
function tellOf(packs: readonly Pack[], startMs: number, failed?: string): void {
  if (!isTracing()) return
  const endMs = wallMs()
  quietly(() => {
    for (const [topic, same] of Map.groupBy(packs, (pack) => pack.topic)) {
      const sent = { hop: `send ${topic}`, startMs, endMs, failed } as const
      const kept = same.map(({ events }) => keptTracesIn(events)).filter((traceIds) => traceIds.length > 0)
      if (failed === undefined) for (const traceIds of kept) keepRound({ ...sent, traceIds })
      const size = failed === undefined ? same.reduce((sum, { letters }) => sum + letters.length, 0) : 0
      countHop({ ...sent, traceIds: kept.flat() }, size)
    }
  })
}
