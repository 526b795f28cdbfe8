import type { Claim, Verdict } from '@stampede/contracts/claims'
import { openBatcher } from '@stampede/kit/batcher'
import type { Log } from '@stampede/kit/log'
import type { Locks } from '../adapters/locks-redlock.ts'
import type { SaleRow } from '../domain/sale.ts'
import { takeOnce } from './database.ts'
import type { Take, TakeDeps } from './shelf-stage.ts'
import { naive } from './single-process.ts'

export type LockDeps = TakeDeps & { readonly locks: Locks; readonly log: Log }

/** Takes units in one holding of the lock; `lost`: it is no longer ours, nothing was written. */
type Held = (claim: Claim, sale: SaleRow) => Promise<Verdict | 'lost'>
/** What is done first with each lock that was got. */
type Begin = (saleId: string) => Promise<Held | 'lost'>
type Glance = (saleId: string) => Promise<number>

interface Job {
  readonly claim: Claim
  readonly sale: SaleRow
}

/** Most claims in one holding, and waiting for one in this process. */
const QUEUE = { itemsMax: 64, queueMax: 1_000, inFlightMax: 1, waitMs: 0 }
/** Longest a claim waits in the queue, and then for locks: several leases, to outlive a dead holder. */
const QUEUE_MS = 10_000
const LOCK_MS = 5_000
const BUSY = { refused: 'busy' } as const

/** Believes that whoever got the lock has it: a holder paused past its lease writes all the same. */
export function locked(deps: LockDeps): Take {
  const take = naive(deps)
  const held: Held = (claim, sale) => take(claim, sale, Number.POSITIVE_INFINITY)
  return openQueue(deps, async () => held)
}

/**
 * The row itself remembers the greatest token it has met, and a holder that was overtaken finds itself shut
 * out. What is read raises the fence too: else both could read before either writes.
 */
export function fenced(deps: LockDeps): Take {
  const { locks, shelf } = deps
  const begin = async (saleId: string) => {
    const token = await locks.nextToken(saleId)
    const { stock, fence } = await shelf.raiseFence(saleId, token)
    if (stock !== undefined) return holdFenced(deps, token, stock)
    // Overtaken already, or Redis forgot its counter: the next token is beyond the row's in either case.
    await locks.skipTokens(saleId, fence - token)
    return 'lost'
  }
  return openQueue(deps, begin, (saleId) => shelf.stock(saleId))
}

function holdFenced({ shelf, witness, between }: TakeDeps, token: number, stockThen: number): Held {
  const who = `process ${process.pid}`
  let stock = stockThen
  const take = takeOnce(async (tx, claim) => {
    const left = await shelf.takeFenced(claim, token, tx)
    if (left === undefined) return 'again'
    stock = left
    return true
  }, shelf)
  return async (claim, sale) => {
    const { claimId, saleId, quantity } = claim
    witness.see(saleId, { who, what: 'read', claimId, stock })
    if (stock < quantity) return { refused: 'sold-out' }
    await between?.(claim)
    const verdict = await take(claim, sale)
    if (verdict === 'again') return 'lost'
    if ('won' in verdict) witness.see(saleId, { who, what: 'write', claimId, stock })
    return verdict
  }
}

/**
 * One process asks for the lock once for all claims that wait, and serves them one after the other. `glance`
 * reads the stock before: no lock is needed to say no, since what was seen to be gone was gone.
 */
function openQueue({ locks, witness, log }: LockDeps, begin: Begin, glance?: Glance): Take {
  const queue = openBatcher<Job, Verdict>({ name: glance ? 'lock after a glance' : 'lock', ...QUEUE, run })

  async function run(jobs: readonly Job[]): Promise<Verdict[]> {
    const verdicts = new Map<Job, Verdict>()
    const bySale = Map.groupBy(jobs, ({ claim }) => claim.saleId)
    await Promise.all(Array.from(bySale, ([saleId, group]) => serve(saleId, group, verdicts)))
    return jobs.map((job) => verdicts.get(job) ?? BUSY)
  }

  async function serve(saleId: string, jobs: Job[], verdicts: Map<Job, Verdict>): Promise<void> {
    const stock = await glance?.(saleId)
    for (const job of jobs) {
      if (stock !== undefined && stock < job.claim.quantity) verdicts.set(job, { refused: 'sold-out' })
    }
    const deadline = performance.now() + LOCK_MS
    while (performance.now() < deadline) {
      const open = jobs.filter((job) => !verdicts.has(job))
      if (open.length === 0) return
      const lock = await locks.acquire(saleId, deadline)
      if (!lock) witness.figures(saleId).lockTimeouts++
      if (!lock) return
      if (lock.tries > 1) witness.figures(saleId).lockWaits++
      try {
        if ((await hold(saleId, open, { verdicts, restAt: lock.restAt })) === 'lost') {
          witness.figures(saleId).lockTimeouts++
        }
      } catch (error) {
        log.warn({ err: error, saleId }, 'claims not decided under the lock')
        return
      } finally {
        await lock.release()
      }
    }
  }

  async function hold(saleId: string, jobs: Job[], { verdicts, restAt }: Holding): Promise<'lost' | 'done'> {
    const take = await begin(saleId)
    if (take === 'lost') return 'lost'
    for (const job of jobs) {
      if (performance.now() >= restAt) return 'done'
      const verdict = await take(job.claim, job.sale)
      verdicts.set(job, verdict === 'lost' ? BUSY : verdict)
      if (verdict === 'lost') return 'lost'
    }
    return 'done'
  }

  return async (claim, sale) => {
    const outcome = await queue.add({ claim, sale }, performance.now() + QUEUE_MS)
    if ('done' in outcome) return outcome.done
    if (outcome.refused === 'failed') throw outcome.error
    return BUSY
  }
}

interface Holding {
  readonly verdicts: Map<Job, Verdict>
  readonly restAt: number
}
