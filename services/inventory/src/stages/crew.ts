import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { Claim, Verdict } from '@stampede/contracts/claims'
import type { STAGES } from '@stampede/contracts/sales'
import type { Log } from '@stampede/kit/log'
import type { SaleRow } from '../domain/sale.ts'
import type { ShelfDeps, Take } from './shelf-stage.ts'
import type { Notes, Witness } from './witness.ts'

/** The first message to a worker: all it knows of the world. */
export interface Settings {
  readonly variant: (typeof STAGES)['multi-process'][number]
  readonly databaseUrl: string
  readonly schema: string
  readonly redisUrl: string
  readonly leaseMs: number
  readonly logLevel: string
  /** Between look and act it tells that it has looked, and waits for a word. */
  readonly asks: boolean
}

export type ToWorker = { readonly claim: Claim; readonly sale: SaleRow } | { readonly go: string }
export type FromWorker = { readonly claimId: string; readonly notes: Notes } & Said
type Said = { readonly verdict: Verdict } | { readonly failed: string } | { readonly looked: true }

export interface CrewOptions {
  readonly settings: Settings
  readonly size: number
  /** A claim not answered by then is refused; a worker that said nothing at all for as long is ended. */
  readonly answerMs: number
  readonly witness: Witness
  readonly log: Log
  readonly between?: ShelfDeps['between'] | undefined
}

/** Most claims with one worker. */
const WAITING_MAX = 1_000
/** A worker that cannot start does not try more often than this. */
const RESTART_MS = 200
const CLOSE_MS = 2_000
const ENTRY = new URL('multi-process-worker.ts', import.meta.url)
const BUSY = { verdict: { refused: 'busy' } } as const

/** Worker processes that get claims in turn. One that dies is replaced, its claims are refused as busy. */
export class Crew {
  readonly #seats: readonly Seat[]
  #turn = 0

  constructor(options: CrewOptions) {
    this.#seats = Array.from({ length: options.size }, () => new Seat(options))
  }

  /** The processes as they are now. */
  get pids(): number[] {
    return this.#seats.flatMap(({ pid }) => pid ?? [])
  }

  /** Rejects with what the worker failed by. */
  readonly take: Take = async (claim, sale) => {
    for (let tries = 0; tries < this.#seats.length; tries++) {
      const seat = this.#seats[this.#turn++ % this.#seats.length]
      if (seat?.hasRoom) return seat.ask(claim, sale)
    }
    return BUSY.verdict
  }

  /** Leaves no process behind. */
  async close(): Promise<void> {
    await Promise.all(this.#seats.map((seat) => seat.close()))
  }
}

interface Waiting {
  readonly claim: Claim
  readonly answer: (said: Said) => void
}

class Seat {
  readonly #options: CrewOptions
  readonly #waiting = new Map<string, Waiting>()
  #child: ChildProcess
  #heardAt = 0
  #restart: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: CrewOptions) {
    this.#options = options
    this.#child = this.#start()
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  get hasRoom(): boolean {
    return this.#child.connected && this.#waiting.size < WAITING_MAX
  }

  ask(claim: Claim, sale: SaleRow): Promise<Verdict> {
    const { claimId } = claim
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#giveUp(claimId), this.#options.answerMs)
      const answer = (said: Said) => {
        clearTimeout(timer)
        this.#waiting.delete(claimId)
        if ('verdict' in said) resolve(said.verdict)
        else if ('failed' in said) reject(new Error(said.failed))
      }
      this.#waiting.set(claimId, { claim, answer })
      this.#send({ claim, sale })
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#restart)
    const child = this.#child
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    // Whoever does not end by itself, a stopped process for one, is ended.
    const timer = setTimeout(() => child.kill('SIGKILL'), CLOSE_MS)
    if (child.connected) child.disconnect()
    await gone
    clearTimeout(timer)
  }

  #start(): ChildProcess {
    const { settings, log } = this.#options
    const child = fork(ENTRY, { serialization: 'advanced', execArgv: [] })
    this.#heardAt = performance.now()
    child.on('message', (message) => this.#hear(message as FromWorker))
    child.on('error', (error) => {
      log.warn({ err: error }, 'a worker does not hear')
      if (child.pid === undefined) this.#replace()
    })
    child.once('exit', (code, signal) => {
      if (!this.#closed) log.warn({ pid: child.pid, code, signal }, 'a worker died')
      this.#replace()
    })
    child.send(settings, () => undefined)
    return child
  }

  #replace(): void {
    for (const { answer } of this.#waiting.values()) answer(BUSY)
    if (this.#closed) return
    this.#restart = setTimeout(() => {
      this.#child = this.#start()
    }, RESTART_MS)
  }

  #hear(message: FromWorker): void {
    const { witness, between } = this.#options
    const { claimId } = message
    this.#heardAt = performance.now()
    witness.add(message.notes)
    const waiting = this.#waiting.get(claimId)
    if (!waiting) return
    if (!('looked' in message)) waiting.answer(message)
    else void between?.(waiting.claim).then(() => this.#send({ go: claimId }))
  }

  #giveUp(claimId: string): void {
    if (performance.now() - this.#heardAt >= this.#options.answerMs) this.#child.kill('SIGKILL')
    this.#waiting.get(claimId)?.answer(BUSY)
  }

  /** What does not arrive is answered when the worker's end is heard. */
  #send(message: ToWorker): void {
    this.#child.send(message, () => undefined)
  }
}
