import { Worker } from 'node:worker_threads'
import { openRing } from './ring.ts'

/** A job's numbers. A thread finds the input there and leaves the output. */
export const JOB_WORDS = 8
/** On the ring in place of a job: the thread that pops it ends. */
export const STOP = -1
const CLOSE_MS = 5_000

/** Does a job in a thread, in place. It may block. What it throws ends the pool. */
export type Work = (words: Float64Array) => void

/** What the module of a pool exports. `number` counts the threads from 1. */
export interface ThreadModule<Data> {
  openWork(data: Data, number: number): Work
}

export interface ThreadsOptions<Data> {
  /** Exports `openWork`; see `ThreadModule`. */
  readonly module: URL
  readonly threads: number
  /** Jobs waiting or under way; beyond it `run` answers `busy`. */
  readonly jobsMax: number
  /** Goes to each thread: what can be cloned, and shared memory. */
  readonly data: Data
}

/** What a thread of the pool is started with. */
export interface ThreadStart {
  readonly module: string
  readonly data: unknown
  readonly number: number
  readonly ring: SharedArrayBuffer
  readonly jobs: SharedArrayBuffer
}

/**
 * A fixed number of threads that run one module. Jobs lie in shared memory and reach whichever thread is free
 * through a ring; only the number of a done job comes back as a message. When one thread dies, all jobs
 * reject, and so does every later one: what the dead thread had in hand nobody can know.
 */
export class Threads<Data> {
  readonly #ring
  readonly #jobs: Float64Array
  readonly #workers: Worker[]
  readonly #free: number[]
  readonly #underWay = new Map<number, PromiseWithResolvers<readonly number[]>>()
  readonly #ended: Promise<unknown>
  #broken: Error | undefined
  #closing = false

  constructor({ module, threads, jobsMax, data }: ThreadsOptions<Data>) {
    this.#ring = openRing(jobsMax + threads)
    const jobs = new SharedArrayBuffer(jobsMax * JOB_WORDS * Float64Array.BYTES_PER_ELEMENT)
    this.#jobs = new Float64Array(jobs)
    this.#free = Array.from({ length: jobsMax }, (_, job) => job)
    const start = { module: module.href, data, ring: this.#ring.memory, jobs }
    this.#workers = Array.from({ length: threads }, (_, i) => this.#start({ ...start, number: i + 1 }))
    this.#ended = Promise.all(this.#workers.map((worker) => new Promise((end) => worker.once('exit', end))))
  }

  /**
   * Runs a job of at most 8 numbers. Answers the 8 numbers the thread left, or `busy`.
   * @throws when a thread died or the pool was closed.
   */
  async run(words: readonly number[]): Promise<readonly number[] | 'busy'> {
    if (this.#broken) throw this.#broken
    if (this.#closing) throw new Error('the threads are closed')
    const job = this.#free.pop()
    if (job === undefined) return 'busy'
    this.#jobs.set(words, job * JOB_WORDS)
    const done = Promise.withResolvers<readonly number[]>()
    this.#underWay.set(job, done)
    this.#ring.tryPush(job)
    return done.promise
  }

  /** Lets the jobs be done, at most 5 s, and ends the threads. */
  async close(): Promise<void> {
    this.#closing = true
    for (const _ of this.#workers) this.#ring.tryPush(STOP)
    const limit = setTimeout(() => this.#break(new Error('the threads did not end in time')), CLOSE_MS)
    await this.#ended
    clearTimeout(limit)
  }

  #start(workerData: ThreadStart): Worker {
    const worker = new Worker(new URL('./thread.ts', import.meta.url), { workerData })
    worker.on('message', (job: number) => this.#done(job))
    worker.on('error', (error) => this.#break(error as Error))
    worker.on('exit', (code) => {
      if (code !== 0 || !this.#closing) this.#break(new Error(`a thread ended with code ${code}`))
    })
    return worker
  }

  #done(job: number): void {
    const done = this.#underWay.get(job)
    this.#underWay.delete(job)
    const at = job * JOB_WORDS
    const words = Array.from(this.#jobs.subarray(at, at + JOB_WORDS))
    this.#free.push(job)
    done?.resolve(words)
  }

  #break(error: Error): void {
    this.#broken ??= error
    for (const { reject } of this.#underWay.values()) reject(this.#broken)
    this.#underWay.clear()
    for (const worker of this.#workers) void worker.terminate()
  }
}
