import { type Books, checkBooks, type Finding } from '../../demo/books/books.ts'
import type { SaleTerms } from '../../demo/books/refusals.ts'
import type { Span } from '../../demo/books/timeline.ts'
import { type Entry, readJournal } from '../../demo/journal.ts'
import { readGate } from '../../system/gate-view.ts'
import type { RunningSystem } from '../../system/running-system.ts'
import { checkHistories, type HistoryVerdict } from '../histories/check-histories.ts'
import type { BaseLoad } from '../load/base-load.ts'

export interface JudgeOptions {
  readonly system: RunningSystem
  /** A load that has finished. */
  readonly load: Pick<BaseLoad, 'journalFile' | 'watched' | 'restless' | 'counts'>
  /** What stands in every message that was made unreadable on purpose. */
  readonly poisonMarker: string
  /** When something was broken: from its beginning until it was mended, in ms since 1970. */
  readonly faults?: readonly Span[]
  /** The linearizability checker, where there is one: see local/engines/porcupine.ts. */
  readonly porcupine?: string | undefined
}

export interface Verdict {
  /** Every promise, with what breaks it. */
  readonly checks: readonly Finding[]
  readonly counts: {
    readonly attempts: number
    readonly acknowledged: number
    readonly sales: number
    readonly orders: number
    readonly units: number
    readonly soldUnits: number
    readonly payments: number
    readonly snapshots: number
    readonly snapshotsMissed: number
    readonly histories: HistoryVerdict['counts']
  }
}

/** Attempts of a buyer in ten seconds beyond which the gateway, when not told otherwise, says so. */
const QUOTA_ATTEMPTS = 50

/** Compares what the clients were told with Postgres, the gate and all effects, when nothing moves. */
export async function judge(options: JudgeOptions): Promise<Verdict> {
  const { system, load, poisonMarker, porcupine } = options
  const { journalFile } = load
  const sales = await readSales(journalFile)
  const saleIds = sales.map(({ saleId }) => saleId)
  const faults = { poisonMarker, spans: options.faults ?? [] }
  const evidence = {
    journal: readAnswers(journalFile),
    ...{ sales, faults, events: [], quota: QUOTA_ATTEMPTS },
    gate: await readGate(system.engines.REDIS_GATE_URL, saleIds),
  }
  let histories: HistoryVerdict | undefined
  const books = await checkBooks(system.engines.DATABASE_URL, evidence, async (client) => {
    histories = await checkHistories(client, { sales, faults, porcupine })
  })
  if (!histories) throw new Error('the histories were not looked at')
  return {
    checks: [judgeWatch(load), judgeRest(load), ...books.findings, ...histories.checks],
    counts: { ...load.counts(), ...countBooks(books, load), histories: histories.counts },
  }
}

function countBooks({ accounts, money }: Books, { watched }: JudgeOptions['load']) {
  const { snapshots, missed } = watched()
  const total = (field: 'orders' | 'initial' | 'soldUnits') =>
    accounts.reduce((sum, account) => sum + account[field], 0)
  return {
    sales: accounts.length,
    orders: total('orders'),
    units: total('initial'),
    soldUnits: total('soldUnits'),
    payments: money.payments,
    snapshots,
    snapshotsMissed: missed,
  }
}

function judgeWatch({ watched }: JudgeOptions['load']): Finding {
  const { violations, first } = watched()
  const title = 'each second, in one snapshot: initial = available + reserved + sold = rows, nothing oversold'
  return {
    title,
    broken: violations,
    first: first.map(({ at, id, why }) => ({ id, why: `${new Date(at).toISOString()} ${why}` })),
  }
}

function judgeRest({ restless }: JudgeOptions['load']): Finding {
  const why = restless()
  const first = why === undefined ? [] : [{ id: 'the system', why }]
  return { title: 'when nobody comes any more, money and stock come to rest', broken: first.length, first }
}

async function readSales(journalFile: string): Promise<SaleTerms[]> {
  const sales: SaleTerms[] = []
  for await (const entry of readJournal(journalFile)) {
    if (entry.entry === 'sale') sales.push({ saleId: entry.saleId, units: entry.units, limit: entry.limit })
  }
  return sales
}

async function* readAnswers(journalFile: string): AsyncGenerator<Entry> {
  for await (const entry of readJournal(journalFile)) if (entry.entry !== 'sale') yield entry
}
