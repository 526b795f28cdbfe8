import { openRing } from '@stampede/concurrency/ring'
import { Threads } from '@stampede/concurrency/threads'
import type { SaleRow } from '../domain/sale.ts'
import { NO_MORE } from './threads-owner.ts'
import { ANSWER, type StockMemory, steadyMs, WISHES, WORD } from './threads-worker.ts'

export const THREADS = 4
/** Sales that find a slot while the process lives. */
const SLOTS_MAX = 2 ** 20
/** A claim that finds nothing asks again when units come back, so often. */
const TRIES_MAX = 100
/** Claims under way are bounded by the stage; this leaves room for what they give back. */
const JOBS_MAX = 16_384

/** What a thread did; see `WORD`. Times in milliseconds since the epoch. */
export interface Deed {
  readonly answer: number
  readonly thread: number
  readonly seen: number
  readonly readAt: number
  readonly wroteAt: number
  readonly waited: boolean
}

export interface StockOptions {
  readonly variant: StockMemory['variant']
  /** See `StockMemory`. */
  readonly meeting: number
  /** Units that reservations hold, from the books. */
  readonly won: (saleId: string) => Promise<number>
}

interface Slot {
  readonly at: number
  /** Units ever put on it, from number 1 to this. */
  unitsTo: number
  /** Units no entry in the books has used up: those on the slot, and those in the hands of a claim. */
  unsold: number
  /** Resolves when units came back, or none is in anybody's hands. */
  settled: PromiseWithResolvers<void>
}

/**
 * The stock of sales in memory that threads share, a slot each. Only this process knows it: it begins with
 * what the books say is left, and another process beside it would sell the same units.
 */
export class ThreadStock {
  readonly #won: StockOptions['won']
  readonly #slots = new Map<string, Promise<Slot>>()
  readonly #threads: Threads<StockMemory>
  readonly #owner: Threads<StockMemory> | undefined
  readonly #wishes = openRing(THREADS + 1)
  readonly #stock: Int32Array
  readonly #naive: boolean
  #used = 0

  constructor({ variant, meeting, won }: StockOptions) {
    this.#won = won
    this.#naive = variant === 'naive'
    const stock = new SharedArrayBuffer(SLOTS_MAX * Int32Array.BYTES_PER_ELEMENT)
    this.#stock = new Int32Array(stock)
    const control = new SharedArrayBuffer((WISHES + 3 * (THREADS + 1)) * Int32Array.BYTES_PER_ELEMENT)
    const epochMs = performance.timeOrigin + performance.now() - steadyMs()
    const data = { variant, meeting, stock, control, ring: this.#wishes.memory, epochMs }
    const module = new URL('./threads-worker.ts', import.meta.url)
    this.#threads = new Threads({ module, threads: THREADS, jobsMax: JOBS_MAX, data })
    if (variant !== 'queue') return
    const owner = new URL('./threads-owner.ts', import.meta.url)
    this.#owner = new Threads({ module: owner, threads: 1, jobsMax: 1, data })
    // Its one job lasts as long as the stage. If it dies, the threads' wishes go unanswered and they say so.
    this.#owner.run([]).catch(() => undefined)
  }

  /** Makes sure the sale has its slot, filled with what the books say is left. */
  async know(sale: SaleRow): Promise<void> {
    await this.#slot(sale)
  }

  /** Puts units up to number `to` on the slot. Twice is once. */
  async put(sale: SaleRow, to: number): Promise<void> {
    const slot = await this.#slot(sale)
    const more = to - slot.unitsTo
    if (more <= 0) return
    slot.unitsTo = to
    slot.unsold += more
    await this.#give(slot, more)
  }

  /**
   * Takes units if a thread finds them there. What others have in hand may yet come back: nobody hears that
   * all is sold before they are done. `busy` when too many ask, or were faster. Follow it by `keep` or
   * `putBack`.
   */
  async take(sale: SaleRow, units: number): Promise<Deed | 'busy'> {
    const slot = await this.#slot(sale)
    for (let tries = 1; tries <= TRIES_MAX; tries++) {
      const deed = await this.#run(slot, units)
      if (deed === 'busy' || deed.answer !== ANSWER.none || this.#naive) return deed
      if (slot.unsold < units) return deed
      // They may have come back since. Else wait: no longer than the books take, which has a limit.
      if (Atomics.load(this.#stock, slot.at) < units) await slot.settled.promise
    }
    return 'busy'
  }

  /** The units taken stand in the books, or may do so. */
  async keep(sale: SaleRow, units: number): Promise<void> {
    const slot = await this.#slot(sale)
    slot.unsold -= units
    if (!this.#isInHand(slot)) wake(slot)
  }

  /** @throws when no thread took them: they stay away until the next start. */
  async putBack(sale: SaleRow, units: number): Promise<void> {
    await this.#give(await this.#slot(sale), units)
  }

  /** Puts units of ended orders on the slot; throws as `putBack` does. */
  async give(sale: SaleRow, units: number): Promise<void> {
    const slot = await this.#slot(sale)
    slot.unsold += units
    await this.#give(slot, units)
  }

  async close(): Promise<void> {
    await this.#threads.close()
    this.#wishes.tryPush(NO_MORE)
    await this.#owner?.close()
  }

  async #run({ at }: Slot, units: number): Promise<Deed | 'busy'> {
    const words = await this.#threads.run([at, units])
    if (words === 'busy') return words
    const [answer, thread, seen, readAt, wroteAt, waited] = words.slice(WORD.answer) as Words
    return { answer, thread, seen, readAt, wroteAt, waited: waited === 1 }
  }

  async #give(slot: Slot, units: number): Promise<void> {
    try {
      const deed = await this.#run(slot, -units)
      if (deed === 'busy' || deed.answer !== ANSWER.taken) throw new Error('no thread took the units back')
    } catch (error) {
      slot.unsold -= units
      throw error
    } finally {
      wake(slot)
    }
  }

  #isInHand({ at, unsold }: Slot): boolean {
    return unsold > Atomics.load(this.#stock, at)
  }

  #slot(sale: SaleRow): Promise<Slot> {
    let slot = this.#slots.get(sale.saleId)
    if (!slot) {
      slot = this.#fill(sale)
      this.#slots.set(sale.saleId, slot)
      slot.catch(() => this.#slots.delete(sale.saleId))
    }
    return slot
  }

  async #fill({ saleId, units }: SaleRow): Promise<Slot> {
    const won = await this.#won(saleId)
    if (this.#used >= SLOTS_MAX) throw new Error('no slot left for another sale')
    const slot = {
      at: this.#used++,
      unitsTo: units,
      unsold: units - won,
      settled: Promise.withResolvers<void>(),
    }
    // More won than there were units: nothing is left, and what is given back is not sold again.
    await this.#give(slot, units - won)
    return slot
  }
}

function wake(slot: Slot): void {
  slot.settled.resolve()
  slot.settled = Promise.withResolvers()
}

type Words = [number, number, number, number, number, number]
