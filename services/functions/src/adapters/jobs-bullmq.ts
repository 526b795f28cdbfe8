import { FUNCTION_NAMES, type FunctionName } from '@stampede/contracts/functions'
import { within } from '@stampede/kit/limit'
import type { Log } from '@stampede/kit/log'
import { tellDepths } from '@stampede/kit/metrics/queue-depths'
import { Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { type CallKey, REGISTRY } from '../domain/registry.ts'

/** An answer that was on its way when the connection broke may never come. */
const ADD_MS = 2_000
const ADD_MAX = 500
const DRAIN_MS = 6_000
const CLOSE_MS = 1_000
const RETRY_MOST_MS = 1_000
/** A job whose worker was not heard of for so long is given to another one. */
const LOCK_MS = 5_000
const GONE = { count: 0 } as const
/** Where a job that a worker will come to may be. */
const LISTS = ['wait', 'active', 'delayed'] as const
const LISTED_MAX = 10_000

export interface JobsOptions {
  readonly url: string
  readonly prefix: string
  readonly log: Log
  /** Of each queue, under way at once in this process. */
  readonly atOnce: number
  /** Does what the row of the call says, if anything. Must be safe to run twice, for workers die. */
  readonly run: (key: CallKey) => Promise<void>
}

export interface Jobs {
  /**
   * Makes a job for each call, unless there is one. Takes at most 2 s for each 500 and never fails: what is
   * lost here is found by the sweep.
   */
  announce(calls: readonly CallKey[]): Promise<void>
  /**
   * Makes jobs anew that are there by their names and yet in no list, as after the queue's Redis was put back
   * or lost some of its keys. A queue of 10,000 jobs or more is a backlog, and left to shrink first. Takes at
   * most 2 s for each 500 and never fails.
   */
  announceLost(calls: readonly CallKey[]): Promise<void>
  /** Waits at most 6 s for jobs under way; one left behind is run again elsewhere. */
  close(): Promise<void>
}

interface Means extends JobsOptions {
  readonly adding: Redis
  readonly taking: Redis
  readonly note: (error: Error) => void
}

/** One queue for each function: how a worker comes to know of a call. The row of the call is the truth. */
export function openJobs(options: JobsOptions): Jobs {
  const { url, log } = options
  let closed = false
  let away = false
  const note = (error: Error) => {
    if (!away) log.warn({ err: error }, 'queue Redis is away; calls wait for the sweep')
    away = true
  }
  const retryStrategy = (tries: number) => (closed ? null : Math.min(tries * 100, RETRY_MOST_MS))
  const adding = new Redis(url, { enableOfflineQueue: false, maxRetriesPerRequest: 1, retryStrategy })
  const taking = new Redis(url, { maxRetriesPerRequest: null, retryStrategy })
  for (const redis of [adding, taking]) redis.on('error', note).on('ready', () => (away = false))
  const lines = FUNCTION_NAMES.map((name) => openLine(name, { ...options, adding, taking, note }))
  const depths = tellDepths(lines.map(({ queue }) => queue))

  async function inChunks(calls: readonly CallKey[], add: (line: Line, jobs: Job[]) => Promise<unknown>) {
    for (const [name, same] of Map.groupBy(calls, (call) => call.name)) {
      const line = lines.find((each) => each.name === name) as Line
      for (let start = 0; start < same.length; start += ADD_MAX) {
        const jobs = same.slice(start, start + ADD_MAX).map(toJob)
        await within(ADD_MS, 'announcing', add(line, jobs)).catch(note)
      }
    }
  }

  return {
    announce: (calls) => inChunks(calls, ({ queue }, jobs) => queue.addBulk(jobs)),
    announceLost: (calls) => inChunks(calls, addLost),
    async close() {
      depths.close()
      const left = Promise.all(lines.map(({ worker }) => worker.pause()))
      await within(DRAIN_MS, 'draining the queues', left).catch(note)
      closed = true
      // By force, because otherwise it waits for a lost connection to come back.
      const ends = lines.flatMap(({ queue, worker }) => [worker.close(true), queue.close()])
      await within(CLOSE_MS, 'closing the queues', Promise.all(ends)).catch(note)
      adding.disconnect()
      taking.disconnect()
    },
  }
}

type Line = ReturnType<typeof openLine>

function openLine(name: FunctionName, { adding, taking, note, prefix, atOnce, run }: Means) {
  const { queue: title } = REGISTRY[name]
  // Its first question would be for the version: refused once, because the connection broke just then, the
  // queue would refuse everything for good.
  const queue = new Queue<{ eventId: string }>(title, { connection: adding, prefix, skipVersionCheck: true })
  const work = (job: { data: { eventId: string } }) => run({ name, eventId: job.data.eventId })
  const worker = new Worker<{ eventId: string }>(title, work, {
    connection: taking,
    prefix,
    concurrency: atOnce,
    lockDuration: LOCK_MS,
    stalledInterval: LOCK_MS,
    // A job that is gone can be announced again: the row decides whether and when.
    removeOnComplete: GONE,
    removeOnFail: GONE,
  })
  queue.on('error', note)
  worker.on('error', note)
  return { name, queue, worker }
}

/** One of them that moves meanwhile is removed and added once more, or under way and not to be removed. */
async function addLost({ queue }: Line, jobs: Job[]): Promise<void> {
  const listed = await queue.getRanges([...LISTS], 0, LISTED_MAX - 1)
  if (listed.length >= LISTED_MAX) return
  const found = new Set(listed)
  const lost = jobs.filter(({ opts }) => !found.has(opts.jobId))
  await Promise.all(lost.map(({ opts }) => queue.remove(opts.jobId)))
  await queue.addBulk(lost)
}

type Job = ReturnType<typeof toJob>

/** BullMQ refuses ids that hold a colon or are a number: escaped, and with a word before it, none does. */
function toJob({ name, eventId }: CallKey) {
  return {
    name: REGISTRY[name].queue,
    data: { eventId },
    opts: { jobId: `for-${encodeURIComponent(eventId)}` },
  }
}
