import { mkdirSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Buyers } from '@stampede/contracts/users'
import { shoot } from '../bench/gun.ts'
import { openMeter } from '../bench/meter.ts'
import { toSample } from '../bench/sample.ts'
import type { Aim, Hit, Shot } from '../bench/shot.ts'
import { type Operator, renewedOperator } from '../system/operator.ts'
import { type Parts, readMemory, readTasks, type Tasks } from '../system/processes.ts'
import type { RunningSystem } from '../system/running-system.ts'
import type { Told } from './journal.ts'
import { type Counts, judge, type Ledger } from './judge.ts'
import { LedgerReader } from './ledger.ts'
import type { StoryOptions } from './options.ts'
import { makePlan } from './plan.ts'
import { playBuyers } from './play.ts'
import { nameOf, needsAnother, type Row } from './rows.ts'
import { askWitness, type Figures, type Sight } from './witness.ts'

/** One run of a row. */
export interface Run {
  /** How many rushes it took; the last one counts. */
  readonly rushes: number
  readonly counts: Counts
  /** Closed loop: answers a second when every attempt may win, and the CPU of all processes for one. */
  readonly attemptsPerSecond: number
  readonly cpuUs: number
  /** The share of the machine, 0 to 1, that went to none of those who belong here, in the closed loop. */
  readonly othersShare: number
  /** Open loop, from the time an attempt was due. */
  readonly p50Ms: number
  readonly p99Ms: number
  readonly figures: Figures
  /** Of inventory and its children, when the row had ended. */
  readonly rssMb: number
  readonly processes: number
  readonly threads: number
  /** Switches of inventory and its children during the open loop. */
  readonly voluntary: number
  readonly involuntary: number
  /** The generator's own lag: mean and worst. */
  readonly lateMs: number
  readonly lateMaxMs: number
  readonly ledger: Ledger
  readonly sights: readonly Sight[]
}

export interface Place {
  readonly system: RunningSystem
  readonly internalKey: string
  /** Starts the inventory anew, without the processes and threads that earlier rows left in it. */
  readonly renew: () => Promise<void>
  /** Where the buyers' tokens and the page go. */
  readonly folder: string
}

const BUYERS_MAX = 2000
const LIMIT_PER_BUYER = 1000
const PAYMENT_SECONDS = 3600
const PEAK = { connections: 64, attempts: 200_000, units: 100_000, warmUp: 300 } as const
const TOKENS_MS = 60_000

/** Everything that all rows share. */
interface Stand extends Place {
  readonly options: StoryOptions
  readonly operator: () => Promise<Operator>
  readonly buyers: Buyers['buyers']
  readonly buyersFile: string
  readonly ledger: LedgerReader
}

/** Makes buyers and what measures a row; `close` when the last one is measured. */
export async function openMeasure(place: Place, options: StoryOptions) {
  const { system, folder } = place
  mkdirSync(folder, { recursive: true })
  const buyersFile = resolve(folder, 'buyers.txt')
  const operator = renewedOperator(system.url('gateway'))
  const buyers = await (await operator()).hireBuyers(Math.min(BUYERS_MAX, options.attempts))
  writeFileSync(buyersFile, `${buyers.map(({ accessToken }) => accessToken).join('\n')}\n`)
  const ledger = new LedgerReader(system.engines.DATABASE_URL)
  await ledger.open()
  const stand: Stand = { ...place, options, operator, buyers, buyersFile, ledger }
  await showTokens(stand)
  return {
    /** The peak first: code that has run is what the rush should meet. */
    async measure(row: Row): Promise<Run> {
      const atPeak = await peak(stand, row)
      let last = await rush(stand, row)
      let rushes = 1
      while (needsAnother(row, last.counts.oversold, rushes)) {
        last = await rush(stand, row)
        rushes += 1
      }
      return { ...atPeak, ...last, rushes }
    },
    close: () => ledger.close(),
  }
}

async function openSale({ operator }: Stand, row: Row, units: number): Promise<string> {
  const terms = { units, limitPerUser: LIMIT_PER_BUYER, paymentWindowSeconds: PAYMENT_SECONDS }
  return (await (await operator()).openSale({ title: nameOf(row), ...terms, guard: row })).saleId
}

/** The gateway verifies a token once and remembers it: that is no part of any row. */
async function showTokens(stand: Stand): Promise<void> {
  const saleId = await openSale(stand, { stage: 'hybrid', variant: 'guarded' }, 1)
  const aim = { ...aimAt(stand, saleId, 'tokens'), keyless: true }
  const pace = { connections: PEAK.connections, attempts: stand.buyers.length, limitMs: TOKENS_MS }
  await shootAt(stand, { aim, pace, warmUps: [] }, () => {})
}

/** Everything of a run that is not measured in the closed loop. */
type Rush = Omit<Run, keyof Peak | 'rushes'>
type Peak = Pick<Run, 'attemptsPerSecond' | 'cpuUs' | 'othersShare'>

/** As fast as answers come, at a sale that cannot run out. */
async function peak(stand: Stand, row: Row): Promise<Peak> {
  const saleId = await openSale(stand, row, PEAK.units)
  const meter = openMeter(() => stand.system.parts)
  const pace = {
    connections: PEAK.connections,
    attempts: PEAK.attempts,
    limitMs: stand.options.peakMs,
  }
  const warmUps = [{ aim: aimAt(stand, saleId, 'warm-up'), attempts: PEAK.warmUp }]
  const hit = await shootAt(stand, { aim: aimAt(stand, saleId, 'peak'), pace, warmUps }, meter.begin)
  const queued = hit.statuses['202'] ?? 0
  const settledMs = await stand.ledger.settle(saleId, queued > 0)
  // Who is told to come back has no answer yet: the rate is that of the decisions.
  const whole = queued > 0 ? { ...hit, tookMs: hit.tookMs + settledMs } : hit
  const { perSecond, cpuUs, othersShare } = toSample(whole, meter.read(hit.generatorCpuUs))
  return { attemptsPerSecond: perSecond, cpuUs, othersShare }
}

/** The rush: the same load for every row. */
async function rush(stand: Stand, row: Row): Promise<Rush> {
  const { system, internalKey, options, buyers, ledger } = stand
  const inventory = processesOf(system, 'inventory')
  const saleId = await openSale(stand, row, options.units)
  const plan = makePlan(options.seed, options.attempts, buyers.length)
  let before = sumTasks(inventory)
  const { told, lateness } = await playBuyers({ urls: gatewaysOf(system), saleId, buyers, plan }, () => {
    before = sumTasks(inventory)
  })
  await ledger.settle(
    saleId,
    told.some(({ status }) => status === 202),
  )
  const after = sumTasks(inventory)
  const { figures, sights } = await askWitness(system.url('inventory'), internalKey, saleId)
  const found = await ledger.read(saleId)
  return {
    ...{ counts: judge(saleId, found, told), figures, sights, ledger: found },
    ...latencyOf(told),
    rssMb: Object.values(readMemory(inventory)).reduce((sum, { rssMb }) => sum + rssMb, 0),
    processes: after.processes,
    threads: after.threads,
    voluntary: Math.max(0, after.voluntary - before.voluntary),
    involuntary: Math.max(0, after.involuntary - before.involuntary),
    ...{ lateMs: lateness.meanMs, lateMaxMs: lateness.maxMs },
  }
}

/** All buyers in turn; a sale is aimed at once for each purpose, so no key is used before. */
function aimAt({ buyers }: Stand, saleId: string, purpose: string): Aim {
  return { saleIds: [saleId], buyers: { first: 0, count: buyers.length }, keys: purpose }
}

function shootAt({ system, buyersFile }: Stand, shot: Omit<Shot, 'urls'>, begin: () => void): Promise<Hit> {
  return shoot({ shot: { ...shot, urls: gatewaysOf(system) }, buyersFile }, begin)
}

function processesOf({ parts }: RunningSystem, service: string): Parts {
  const ofService = ([name]: [string, unknown]) => name === service || name.startsWith(`${service}-`)
  return Object.fromEntries(Object.entries(parts).filter(ofService))
}

function gatewaysOf(system: RunningSystem): string[] {
  return Object.keys(processesOf(system, 'gateway')).map((name) => system.url(name))
}

function sumTasks(parts: Parts): Tasks {
  const all = Object.values(readTasks(parts))
  const sum = (field: keyof Tasks) => all.reduce((total, tasks) => total + tasks[field], 0)
  return {
    processes: sum('processes'),
    threads: sum('threads'),
    voluntary: sum('voluntary'),
    involuntary: sum('involuntary'),
  }
}

/** Of all attempts that were answered. */
function latencyOf(told: readonly Told[]): { p50Ms: number; p99Ms: number } {
  const sorted = told.filter(({ status }) => status > 0).map(({ tookMs }) => tookMs)
  sorted.sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return { p50Ms: at(0.5), p99Ms: at(0.99) }
}
