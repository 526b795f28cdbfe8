import { Client } from 'pg'
import { type Books, checkBooks, type Finding } from '../../demo/books/books.ts'
import type { SaleTerms } from '../../demo/books/refusals.ts'
import { shareStrict } from '../../demo/books/settling.ts'
import type { Span } from '../../demo/books/timeline.ts'
import { type Entry, readJournal } from '../../demo/journal.ts'
import { readGate } from '../../system/gate-view.ts'
import type { RunningSystem } from '../../system/running-system.ts'
import { checkHistories, type HistoryVerdict } from '../histories/check-histories.ts'
import type { BaseLoad } from '../load/base-load.ts'
import { dueAlarms, judgeAlarms } from './alarms.ts'
import { type Broken, brokenNearTheShelf, brokenOnTheNews, poisonToBeHeard } from './broken.ts'
import { countFollowed, type Followed } from './followed.ts'
import { judgePoison, type PoisonVerdict } from './poison-letters.ts'
import { judgeWatch } from './watching.ts'

export interface JudgeOptions {
  readonly system: RunningSystem
  /** A load that has finished. */
  readonly load: Pick<BaseLoad, 'journalFile' | 'watched' | 'restless' | 'counts'>
  /** What stands in every message that was made unreadable on purpose. */
  readonly poisonMarker: string
  readonly faults?: readonly Broken[]
  /** The linearizability checker, where there is one: see local/engines/porcupine.ts. */
  readonly porcupine?: string | undefined
}

export interface Verdict {
  /** Every promise, with what breaks it. */
  readonly checks: readonly Finding[]
  readonly illegal: HistoryVerdict['illegal']
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
    /** Of the time in which anybody came: no refusal was excused by a unit held up on its way back. */
    readonly shareStrict: number
    readonly followed: Followed
    /** Messages made unreadable that were put aside. */
    readonly poisonLetters: number
    readonly histories: HistoryVerdict['counts']
  }
}

/** Attempts of a buyer in ten seconds beyond which the gateway, when not told otherwise, says so. */
const QUOTA_ATTEMPTS = 50

/** Compares what the clients were told with Postgres, the gate and all effects, when nothing moves. */
export async function judge(options: JudgeOptions): Promise<Verdict> {
  const { system, load, poisonMarker, porcupine } = options
  const { journalFile } = load
  const { sales, came } = await readSales(journalFile)
  const saleIds = sales.map(({ saleId }) => saleId)
  const broken = options.faults ?? []
  const faults = { poisonMarker, spans: brokenNearTheShelf(broken) }
  const alarms = await judgeAlarms({ origins: gatewaysOf(system), due: await readDueAlarms(system) })
  const evidence = {
    journal: readAnswers(journalFile),
    ...{ sales, faults, events: [], quota: QUOTA_ATTEMPTS },
    gate: await readGate(system.engines.REDIS_GATE_URL, saleIds),
  }
  let histories: HistoryVerdict | undefined
  let poison: PoisonVerdict | undefined
  let followed: Followed | undefined
  const books = await checkBooks(system.engines.DATABASE_URL, evidence, async (client) => {
    followed = await countFollowed(client, brokenOnTheNews(broken))
    poison = await judgePoison(client, poisonMarker, poisonToBeHeard(broken))
    histories = await checkHistories(client, { sales, faults, porcupine })
  })
  if (!histories || !poison || !followed) throw new Error('the histories were not looked at')
  const seen = [...judgeWatch(load.watched()), judgeRest(load), alarms]
  return {
    illegal: histories.illegal,
    checks: [...seen, ...books.findings, poison.check, ...histories.checks],
    counts: {
      ...{ ...load.counts(), ...countBooks(books, load), histories: histories.counts },
      shareStrict: shareStrict(faults.spans, came),
      ...{ followed, poisonLetters: poison.letters },
    },
  }
}

function gatewaysOf(system: RunningSystem): string[] {
  return Object.keys(system.parts)
    .filter((part) => /^gateway(-\d+)?$/.test(part))
    .map((part) => system.url(part))
}

async function readDueAlarms({ engines }: RunningSystem): Promise<string[]> {
  const client = new Client({ connectionString: engines.DATABASE_URL })
  await client.connect()
  try {
    return await dueAlarms(client)
  } finally {
    await client.end()
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

function judgeRest({ restless }: JudgeOptions['load']): Finding {
  const why = restless()
  const first = why === undefined ? [] : [{ id: 'the system', why }]
  return { title: 'when nobody comes any more, money and stock come to rest', broken: first.length, first }
}

/** All sales, and from the first attempt to the last. */
async function readSales(journalFile: string): Promise<{ sales: SaleTerms[]; came: Span }> {
  const sales: SaleTerms[] = []
  let from = Number.POSITIVE_INFINITY
  let to = Number.NEGATIVE_INFINITY
  for await (const entry of readJournal(journalFile)) {
    if (entry.entry === 'sale') sales.push({ saleId: entry.saleId, units: entry.units, limit: entry.limit })
    if (entry.entry !== 'attempt') continue
    from = Math.min(from, entry.sentAt)
    to = Math.max(to, entry.sentAt)
  }
  return { sales, came: { from, to } }
}

async function* readAnswers(journalFile: string): AsyncGenerator<Entry> {
  for await (const entry of readJournal(journalFile)) if (entry.entry !== 'sale') yield entry
}
