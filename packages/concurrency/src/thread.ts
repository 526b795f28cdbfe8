import { parentPort, workerData } from 'node:worker_threads'
import { Ring } from './ring.ts'
import { JOB_WORDS, STOP, type ThreadModule, type ThreadStart } from './threads.ts'

// The life of one thread of a pool; see threads.ts.

/** A thread without work looks up once in a while; a job wakes it at once. */
const IDLE_MS = 10_000

const start = workerData as ThreadStart
const { openWork } = (await import(start.module)) as ThreadModule<unknown>
const work = openWork(start.data, start.number)
const ring = new Ring(start.ring)
const jobs = new Float64Array(start.jobs)

let job: number | undefined
while (job !== STOP) {
  job = ring.pop(IDLE_MS)
  if (job === undefined || job === STOP) continue
  work(jobs.subarray(job * JOB_WORDS, (job + 1) * JOB_WORDS))
  parentPort?.postMessage(job)
}
