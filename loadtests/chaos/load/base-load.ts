import { openJournal } from '../../demo/journal.ts'
import { readBack } from '../../demo/read-back.ts'
import { seededRandom } from '../../generator/random.ts'
import { renewedOperator } from '../../system/operator.ts'
import { untilAtRest } from '../../system/rest.ts'
import type { RunningSystem } from '../../system/running-system.ts'
import { startArrivals } from './arrivals.ts'
import { openBuying } from './buying.ts'
import { hireCrowd } from './crowd.ts'
import { startLooking } from './looks.ts'
import { openStalls } from './stalls.ts'
import { startWatching, type Watched } from './watcher.ts'
import { openWire } from './wire.ts'
import { drawBehaviour, drawSale } from './wishes.ts'

export interface BaseLoadOptions {
  readonly system: RunningSystem
  /** Origins of the gateways, as buyers reach them. */
  readonly target: readonly string[]
  readonly seed: number
  readonly ratePerSecond: number
  readonly journalFile: string
  /** Told what it waits for at the end. */
  readonly report?: (text: string) => void
  /** Buyers, and SKUs on sale at a time; if not given, those of the promise. */
  readonly buyers?: number
  readonly skus?: number
}

/** Buyers who come at a steady rate, whatever becomes of the system. Times in ms since 1970. */
export interface BaseLoad {
  readonly journalFile: string
  /** `attempts` are requests to buy, `acknowledged` the different orders that were told with 201. */
  counts(): { readonly attempts: number; readonly acknowledged: number }
  /** When the first 201 came to a buyer who sent nothing of that wish before `at`. */
  firstAckAfter(at: number): number | undefined
  /** What was seen of conservation so far. */
  watched(): Watched
  /** What the system still worked on when `finish` gave up; undefined when it came to rest. */
  restless(): string | undefined
  /** Nobody comes any more; who has no decision gets one, then all comes to rest. */
  finish(): Promise<void>
}

/** Buyers who are no more than the promise says would meet the quota of ten seconds at a high rate. */
const BUYERS = 300
const ATTEMPTS_EACH_PER_SECOND = 2
const SKUS = 50
const DECISIONS_MS = 120_000
const REST_MS = 240_000

/** Throws when the system, still whole, does not open the sales. */
export async function startBaseLoad(options: BaseLoadOptions): Promise<BaseLoad> {
  const { system, target, seed, ratePerSecond, journalFile, report = () => undefined } = options
  const random = seededRandom(seed)
  const journal = openJournal(journalFile)
  const operator = renewedOperator(target[0] ?? system.url('gateway'))
  const buyers = options.buyers ?? Math.max(BUYERS, Math.ceil(ratePerSecond / ATTEMPTS_EACH_PER_SECOND))
  const crowd = await hireCrowd(operator, buyers)
  const plan = { operator, journal, random, ratePerSecond, buyers }
  const stalls = await openStalls({ ...plan, skus: options.skus ?? SKUS })
  const wire = openWire(target)
  const buying = openBuying({ wire, origins: target, journal, random })
  const watcher = startWatching(system.engines.DATABASE_URL, stalls)
  const stopLooking = startLooking({ wire, journal, random, stalls })
  let wishes = 0
  let restless: string | undefined
  const stopArrivals = startArrivals(random, ratePerSecond, () => {
    wishes += 1
    const sale = stalls.at(drawSale(random, stalls.count))
    const behaviour = drawBehaviour(random, sale.windowSeconds * 1000)
    buying.begin({ sale, buyer: crowd.pick(random), key: `chaos-${seed}-${wishes}`, behaviour })
  })

  async function finish(): Promise<void> {
    stopArrivals()
    stopLooking()
    report('bringing the undecided to decisions …')
    const areDone = await buying.allDone(DECISIONS_MS)
    await Promise.all([stalls.close(), crowd.close()])
    wire.close()
    const onWait = (reason: string) => report(`coming to rest: ${reason} …`)
    restless = await untilAtRest(system, { saleIds: stalls.all(), runOut: 'all', limitMs: REST_MS, onWait })
    if (!areDone) restless ??= 'buyers without a decision'
    await watcher.close()
    report('reading back what was acknowledged …')
    const unread = await readBack(buying.won(), target, journal)
    if (unread > 0) restless ??= `${unread} acknowledged orders to be read`
    await journal.close()
  }

  return {
    journalFile,
    counts: buying.counts,
    firstAckAfter: buying.firstAckAfter,
    watched: watcher.watched,
    restless: () => restless,
    finish,
  }
}
