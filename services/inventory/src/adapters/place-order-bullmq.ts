import type { Claim, Refusal, Wish } from '@stampede/contracts/claims'
import { within } from '@stampede/kit/limit'
import type { Log } from '@stampede/kit/log'
import { tellDepths } from '@stampede/kit/metrics/queue-depths'
import { type Job, Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'

const QUEUE = 'place-order'
/** Wishes that may wait; beyond it nobody is promised anything. */
const WAITING_MAX = 20_000
const ANSWER_MS = 1_500
const RETRY_MOST_MS = 1_000
/** Jobs at once in one process: fewer than the shelf's connections, so that others get through. */
const AT_ONCE = 6
/** With the pauses below these are over an hour: what did not work for so long needs a human. */
const TRIES_MAX = 1_000
const PAUSE_MS = 100
const PAUSE_MOST_MS = 5_000
/** How long, in seconds, and for how many it is remembered what became of a wish. */
const KEEP = { age: 3_600, count: 100_000 }
const UNDECIDED = ['waiting', 'active', 'delayed', 'prioritized'] as const

/** What a job leaves behind. */
export type JobEnd = { readonly refused?: Refusal }

export interface PlaceOrderOptions {
  readonly url: string
  readonly prefix: string
  readonly log: Log
  /** A job whose worker was not heard of for so long is given to another one. Default 10 s. */
  readonly lockMs?: number
  /** How long closing waits for jobs under way before it leaves them to others. Default 6 s. */
  readonly closeMs?: number
}

/** A wish, when it took its place, and when it was decided. */
export interface TimedWish extends Wish {
  readonly queuedAt: Date
  readonly decidedAt?: Date
}

/** The queue `place-order`: wishes that took units in the gate, on their way into the books. */
export interface PlaceOrder {
  /** Resolves when the wishes are on disk; known ones stay as they are. Rejects when the queue is full. */
  add(claims: readonly Claim[]): Promise<void>
  /** A user's wish, waiting or ended; undefined when there is none of this id, or it is another one's. */
  look(claimId: string, userId: string): Promise<TimedWish | undefined>
  /** The wishes that are not decided yet. */
  undecided(): Promise<Claim[]>
  isIdle(): Promise<boolean>
  /** Works on wishes from now on. `run` must be safe to run twice, for workers die. */
  work(run: (claim: Claim) => Promise<JobEnd>): { close(): Promise<void> }
  close(): Promise<void>
}

/** Every call is bounded in time and rejects when the queue's Redis is away. */
export function openPlaceOrder(options: PlaceOrderOptions): PlaceOrder {
  const { url, prefix, log, lockMs = 10_000, closeMs = 6_000 } = options
  let closed = false
  const retryStrategy = (tries: number) => (closed ? null : Math.min(tries * 100, RETRY_MOST_MS))
  const note = (error: Error) => log.warn({ err: error }, 'queue Redis')
  const asking = new Redis(url, { enableOfflineQueue: false, maxRetriesPerRequest: 1, retryStrategy })
  asking.on('error', note)
  // Its first question would be for the version: refused once, because the connection broke just then, the
  // queue would refuse everything for good.
  const queue = new Queue<Claim, JobEnd>(QUEUE, { connection: asking, prefix, skipVersionCheck: true })
  queue.on('error', note)
  const depths = tellDepths([queue])
  const soon = <T>(work: Promise<T>) => within(ANSWER_MS, 'the queue', work)

  return {
    async add(claims) {
      const waiting = await soon(queue.getJobCountByTypes(...UNDECIDED))
      if (waiting + claims.length > WAITING_MAX) throw new Error(`${waiting} wishes wait already`)
      await soon(queue.addBulk(claims.map(toJob)))
    },
    async look(claimId, userId) {
      const job = (await soon(queue.getJob(claimId))) as Job<Claim, JobEnd> | undefined
      return job && job.data.userId === userId ? toWish(job) : undefined
    },
    async undecided() {
      const jobs = await soon(queue.getJobs([...UNDECIDED], 0, WAITING_MAX - 1))
      return jobs.flatMap((job) => (job ? [job.data as Claim] : []))
    },
    isIdle: async () => (await soon(queue.getJobCountByTypes(...UNDECIDED))) === 0,
    work(run) {
      const connection = new Redis(url, { maxRetriesPerRequest: null, retryStrategy })
      connection.on('error', note)
      const worker = openWorker(run, { connection, prefix, lockMs })
      worker.on('error', note)
      return {
        async close() {
          // Not by one gentle `close`: a second, forceful one would only join it. A job left behind is run
          // again elsewhere.
          await within(closeMs, 'closing', worker.pause()).catch(note)
          await within(ANSWER_MS, 'closing', worker.close(true)).catch(note)
          connection.disconnect()
        },
      }
    },
    async close() {
      depths.close()
      closed = true
      await within(ANSWER_MS, 'closing', queue.close()).catch(note)
      asking.disconnect()
    },
  }
}

interface WorkerMeans {
  readonly connection: Redis
  readonly prefix: string
  readonly lockMs: number
}

function openWorker(run: (claim: Claim) => Promise<JobEnd>, { connection, prefix, lockMs }: WorkerMeans) {
  return new Worker<Claim, JobEnd>(QUEUE, (job) => run(job.data), {
    connection,
    prefix,
    concurrency: AT_ONCE,
    lockDuration: lockMs,
    stalledInterval: lockMs,
    // A worker that dies is no fault of the job.
    maxStalledCount: TRIES_MAX,
    removeOnComplete: KEEP,
    removeOnFail: KEEP,
    settings: { backoffStrategy: (tries) => Math.min(PAUSE_MS * 2 ** Math.min(tries, 10), PAUSE_MOST_MS) },
  })
}

function toJob(claim: Claim) {
  const opts = { jobId: claim.claimId, attempts: TRIES_MAX, backoff: { type: 'growing' } }
  return { name: QUEUE, data: claim, opts }
}

function toWish({ data, timestamp, finishedOn, failedReason, returnvalue }: Job<Claim, JobEnd>): TimedWish {
  const { claimId, saleId, quantity, traceId } = data
  const gaveUp = finishedOn !== undefined && failedReason !== undefined
  const refused = gaveUp ? 'busy' : returnvalue?.refused
  const times = { queuedAt: new Date(timestamp), ...(finishedOn && { decidedAt: new Date(finishedOn) }) }
  return { claimId, saleId, quantity, traceId, ...times, ...(refused && { refused }) }
}
