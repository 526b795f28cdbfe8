import { within } from '@stampede/kit/limit'
import type { Log } from '@stampede/kit/log'
import { tellDepths } from '@stampede/kit/metrics/queue-depths'
import { Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { openOutageLog } from '../outage-log.ts'

const QUEUE = 'expire-order'
/** Seconds to be announced or remembered as announced; beyond it the sweeper's own rhythm must do. */
const SECONDS_MAX = 100_000
const ADD_MAX = 500
/** An answer that was on its way when the connection broke may never come. */
const ADD_MS = 2_000
const CLOSE_MS = 1_000
const RETRY_MOST_MS = 1_000

export interface WakeUpOptions {
  readonly url: string
  readonly prefix: string
  readonly log: Log
  /** Called at a second that was announced, in whichever process takes the job. */
  readonly onDue: () => Promise<void>
}

export interface WakeUp {
  /** Announces when orders fall due (RFC 3339). Never waits and never fails: a wake-up may be lost. */
  announce(times: readonly string[]): void
  close(): Promise<void>
}

/**
 * Wakes the sweeper when orders fall due: one delayed job for each second in which any does, because a job
 * per order would cost more than the order. Only a convenience; with this Redis empty or away, orders expire
 * all the same.
 */
export function openWakeUp({ url, prefix, log, onDue }: WakeUpOptions): WakeUp {
  const outage = openOutageLog(log, 'no wake-ups for now; the sweeper goes on by itself', 'wake-ups are back')
  let closed = false
  // BullMQ opens a connection of its own by these options; this is how it, too, learns to give up.
  const retryStrategy = (tries: number) => (closed ? null : Math.min(tries * 100, RETRY_MOST_MS))
  const adding = new Redis(url, { enableOfflineQueue: false, maxRetriesPerRequest: 1, retryStrategy })
  const taking = new Redis(url, { maxRetriesPerRequest: null, retryStrategy })
  // Its first question would be for the version: refused once, because the connection broke just then, the
  // queue would refuse everything for good.
  const queue = new Queue(QUEUE, { connection: adding, prefix, skipVersionCheck: true })
  const worker = new Worker(QUEUE, onDue, {
    connection: taking,
    prefix,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
  })
  adding.on('error', outage.failed)
  taking.on('error', outage.failed).on('ready', outage.worked)
  queue.on('error', outage.failed)
  worker.on('error', outage.failed)
  const depths = tellDepths([queue])
  const add = (due: readonly number[]) => within(ADD_MS, 'announcing', queue.addBulk(due.map(toJob)))
  const seconds = openSeconds(add, outage.failed)

  return {
    announce: seconds.announce,
    async close() {
      depths.close()
      closed = true
      // By force, because otherwise it waits for a lost connection
      // to come back. A job cut off is run again elsewhere.
      const left = Promise.all([worker.close(true), queue.close()]).catch(outage.failed)
      await Promise.race([left, new Promise((resolve) => setTimeout(resolve, CLOSE_MS).unref())])
      adding.disconnect()
      taking.disconnect()
    },
  }
}

function toJob(second: number) {
  const opts = { jobId: `due-${second}`, delay: Math.max(0, second * 1_000 - Date.now()) }
  return { name: QUEUE, data: {}, opts }
}

/** Hands out each second once, in bulk, one call at a time. */
function openSeconds(add: (seconds: readonly number[]) => Promise<unknown>, failed: (error: Error) => void) {
  const announced = new Set<number>()
  let waiting: number[] = []
  let busy = false
  let last = ''

  function note(time: string): void {
    // Orders of a batch mostly fall due together: comparing text spares parsing it.
    if (time === last) return
    last = time
    const second = Math.ceil(Date.parse(time) / 1_000)
    if (announced.has(second) || waiting.length >= SECONDS_MAX) return
    if (announced.size >= SECONDS_MAX) announced.clear()
    announced.add(second)
    waiting.push(second)
  }

  async function flush(): Promise<void> {
    if (busy) return
    busy = true
    while (waiting.length > 0) {
      const due = waiting.slice(0, ADD_MAX)
      waiting = waiting.slice(ADD_MAX)
      await add(due).catch((error: Error) => {
        for (const second of due) announced.delete(second)
        last = ''
        failed(error)
      })
    }
    busy = false
  }

  return {
    announce(times: readonly string[]) {
      times.forEach(note)
      if (waiting.length > 0) void flush()
    },
  }
}
