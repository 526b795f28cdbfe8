import { type ChildProcess, fork } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { readGate } from '../system/gate-view.ts'
import { readAllEvents } from '../system/kafka-reader.ts'
import { enterAsOperator } from '../system/operator.ts'
import { untilAtRest } from '../system/rest.ts'
import type { RunningSystem } from '../system/running-system.ts'
import type { SaleAccount } from './books/accounts.ts'
import { type Books, checkBooks, type Finding } from './books/books.ts'
import type { CrowdOrders, CrowdProgress } from './crowd-words.ts'
import { type Figures, takeFigures } from './figures.ts'
import { type AttemptEntry, type Entry, openJournal, readJournal } from './journal.ts'
import type { DemoOptions } from './options.ts'
import { openProgress, type Progress } from './progress.ts'
import { openThinned, readBack, type Won } from './read-back.ts'
import type { DemoResult } from './report.ts'
import { BRIEF_WINDOW_SECONDS, LIMIT_PER_BUYER, QUOTA_ATTEMPTS, SALE_NAMES, type SaleName } from './step.ts'
import { makeBadTokens, type SigningJwk } from './tokens.ts'

export interface DemoPlace {
  readonly system: RunningSystem
  /** The key that signs the system's tokens, to make one that has expired. */
  readonly signingKey: SigningJwk
  /** Where the journal goes. */
  readonly folder: string
}

const MAIN_WINDOW_SECONDS = 600
const BRIEF_UNITS_SHARE = 0.2
const WARM_UP_UNITS = 2000
const REST_MS = 60_000
const LOOKS_AGAIN_MAX = 4_000
const CROWD = resolve(import.meta.dirname, 'crowd.ts')

/** Plays the sale on a system that is up and empty, then checks its books. */
export async function runDemo(options: DemoOptions, place: DemoPlace): Promise<DemoResult> {
  const { system, folder } = place
  const progress = openProgress(options.attempts)
  mkdirSync(folder, { recursive: true })
  const journalFile = resolve(folder, 'journal.ndjson')
  progress.say('creating buyers and sales …')
  const { units, orders } = await prepare(options, place, journalFile)
  await playCrowd(orders, progress)
  const saleIds = Object.values(orders.saleIds)
  const restless = await untilAtRest(system, {
    ...{ saleIds, runOut: [orders.saleIds.brief], limitMs: REST_MS },
    onWait: (reason) => progress.say(`coming to rest: ${reason} …`),
  })
  progress.say('checking the books …')
  const played = await readAll(journalFile)
  const journal = [...played, ...(await lookAgain(played, orders, resolve(folder, 'journal-at-rest.ndjson')))]
  const { findings, accounts, money } = await checkBooks(system.engines.DATABASE_URL, {
    journal,
    sales: SALE_NAMES.map((name) => ({
      ...{ saleId: orders.saleIds[name], units: units[name], limit: LIMIT_PER_BUYER },
    })),
    events: await readAllEvents(system.engines.KAFKA_BROKERS),
    gate: await readGate(system.engines.REDIS_GATE_URL, saleIds),
    quota: QUOTA_ATTEMPTS,
  })
  progress.end()
  const attempts = journal.filter((entry): entry is AttemptEntry => entry.entry === 'attempt')
  const figures = takeFigures(attempts, units)
  const books = { accounts, money, findings: [...findings, judgeResale(accounts, orders.saleIds, figures)] }
  return {
    options,
    figures,
    books,
    restless,
    journalFile,
    restarts: readRestarts(system),
    ok: holds(books) && !restless,
  }
}

async function readAll(journalFile: string): Promise<Entry[]> {
  const entries: Entry[] = []
  for await (const entry of readJournal(journalFile)) if (entry.entry !== 'sale') entries.push(entry)
  return entries
}

/** Who won looks at the order once more, now that nothing moves. */
async function lookAgain(
  journal: readonly Entry[],
  { url, buyers }: CrowdOrders,
  file: string,
): Promise<Entry[]> {
  const winners = new Map(buyers.map((buyer) => [buyer.userId, buyer]))
  const won = new Map<string, Won>()
  for (const entry of journal) {
    const winner = winners.get(entry.entry === 'attempt' ? entry.userId : '')
    if (entry.status !== 201 || !entry.body || !winner) continue
    const { orderId } = JSON.parse(entry.body) as { orderId: string }
    won.set(orderId, { orderId, winner })
  }
  const some = openThinned<Won>(LOOKS_AGAIN_MAX)
  for (const each of won.values()) some.add(each)
  const looks = openJournal(file)
  await readBack(some.kept(), [url], looks)
  await looks.close()
  return readAll(file)
}

async function prepare(options: DemoOptions, { system, signingKey }: DemoPlace, journalFile: string) {
  const url = system.url('gateway')
  const operator = await enterAsOperator(url)
  const brief = Math.max(1, Math.round(options.units * BRIEF_UNITS_SHARE))
  const units: Record<SaleName, number> = { main: options.units - brief, brief }
  const open = async (title: string, count: number, paymentWindowSeconds: number) =>
    (await operator.openSale({ title, units: count, limitPerUser: LIMIT_PER_BUYER, paymentWindowSeconds }))
      .saleId
  const saleIds = {
    main: await open('Demo', units.main, MAIN_WINDOW_SECONDS),
    brief: await open('Demo with a short time to pay', brief, BRIEF_WINDOW_SECONDS),
  }
  const warmUpSaleId = await open('Warm-up', WARM_UP_UNITS, MAIN_WINDOW_SECONDS)
  const buyers = await operator.hireBuyers(options.buyers)
  const [victim] = buyers
  if (!victim) throw new Error('the system made no buyers')
  const badTokens = makeBadTokens(victim.userId, victim.accessToken, signingKey)
  const orders: CrowdOrders = { options, url, saleIds, warmUpSaleId, buyers, badTokens, journalFile }
  return { units, orders }
}

/** Whoever sold out and got units back while buyers still came must have sold some of them again. */
function judgeResale(
  accounts: readonly SaleAccount[],
  saleIds: CrowdOrders['saleIds'],
  { soldOutAfterMs }: Figures,
): Finding {
  const idle = accounts.filter(({ saleId, initial, everReserved, cancelledUnits, expiredUnits }) => {
    const name = SALE_NAMES.find((each) => saleIds[each] === saleId)
    const wasSoldOut = name !== undefined && soldOutAfterMs[name] !== undefined
    return wasSoldOut && cancelledUnits + expiredUnits > 0 && everReserved <= initial
  })
  const first = idle.map(({ saleId }) => ({ id: saleId, why: 'units came back and nobody got them' }))
  return { title: 'units that came back were sold again', broken: idle.length, first }
}

/** Runs the buyers in a process of their own; rejects when it fails. */
function playCrowd(orders: CrowdOrders, progress: Progress): Promise<void> {
  return new Promise((done, failed) => {
    const crowd: ChildProcess = fork(CROWD)
    let isDone = false
    crowd.on('message', (message: CrowdProgress) => {
      isDone = message.phase === 'done'
      progress.show(message)
    })
    crowd.once('error', failed)
    crowd.once('exit', (code) => {
      if (isDone) done()
      else failed(new Error(`the process of the buyers ended too early (exit ${code})`))
    })
    crowd.send(orders)
  })
}

function holds({ findings }: Books): boolean {
  return findings.every(({ broken }) => broken === 0)
}

function readRestarts({ parts }: RunningSystem): Record<string, number> {
  return Object.fromEntries(
    Object.entries(parts).flatMap(([name, { restarts }]) => (restarts > 0 ? [[name, restarts]] : [])),
  )
}

export function saveResult(file: string, result: DemoResult): void {
  writeFileSync(file, `${JSON.stringify({ at: new Date().toISOString(), ...result }, undefined, 2)}\n`)
}
