import type { Shelf, Winners } from '@stampede/contracts/claims'
import { printKey } from '@stampede/contracts/ids'
import { IDEMPOTENCY_KEY } from '@stampede/contracts/orders'
import { PrintSet } from './print-set.ts'

/** How long an answer of the inventory is believed, from when it was asked. */
export const TRUST_MS = 1_000
/** A flag nobody met for so long is let go, and no longer asked about. */
export const IDLE_MS = 10_000
/** After a look that raised no flag, the sale is left alone for so long. */
export const REST_MS = 250

export interface Limits {
  readonly flagsMax: number
  /** Fingerprints in all flags together: 16 bytes each at worst. */
  readonly printsMax: number
  /** Most looks at winners under way at once. */
  readonly looksMax: number
}

/** A look at the winners of one sale, to be given back to `settle`. Times are monotonic milliseconds. */
export interface Look {
  readonly saleId: string
  readonly askedAt: number
}

export interface Flag {
  readonly saleId: string
  readonly epoch: number
  readonly seq: number
  readonly prints: PrintSet
  until: number
  metAt: number
}

const KEY = new RegExp(IDEMPOTENCY_KEY)

/**
 * Which sales are sold out, as far as this gateway may say so without asking.
 *
 * A flag is raised only on the inventory's own word, with the fingerprints of all who ever won: they are let
 * through, since a winner who heard nothing must get his order when he repeats. It stands for one version of
 * the shelf (epoch, seq) and for a second, unless confirmed. A sale is flagged, or looked at, or at rest:
 * never two of these, so an old answer cannot raise or clear what a newer one decided.
 */
export class SoldOutFlags {
  readonly #flags = new Map<string, Flag>()
  readonly #looks = new Map<string, Look>()
  readonly #restUntil = new Map<string, number>()
  readonly #limits: Limits
  #prints = 0

  constructor(limits: Limits = { flagsMax: 1_000, printsMax: 4_000_000, looksMax: 16 }) {
    this.#limits = limits
  }

  get size(): number {
    return this.#flags.size
  }

  /** Whether an attempt with this key is known to be too late. Without a well-formed key nothing is known. */
  refuses(saleId: string, key: string, now: number): boolean {
    const flag = this.#flags.get(saleId)
    if (!flag || flag.until <= now || !KEY.test(key)) return false
    flag.metAt = now
    return !flag.prints.has(printKey(key))
  }

  /** An attempt was told `sold-out`. Answers with a look to make at the winners, if one is due. */
  suspect(saleId: string, now: number): Look | undefined {
    const flag = this.#flags.get(saleId)
    if (flag && flag.until > now) return undefined
    if (this.#looks.has(saleId) || this.#looks.size >= this.#limits.looksMax) return undefined
    if ((this.#restUntil.get(saleId) ?? 0) > now) return undefined
    if (flag) this.#drop(flag)
    this.#restUntil.delete(saleId)
    const look = { saleId, askedAt: now }
    this.#looks.set(saleId, look)
    return look
  }

  /** What the look saw; `undefined` when there was no answer. */
  settle(look: Look, winners: Winners | undefined, now: number): void {
    if (this.#looks.get(look.saleId) !== look) return
    this.#looks.delete(look.saleId)
    const until = look.askedAt + TRUST_MS
    const prints =
      winners?.left === 0 && until > now ? new PrintSet(Buffer.from(winners.prints, 'base64')) : undefined
    if (!winners || !prints || prints.size > this.#limits.printsMax) {
      this.#restUntil.set(look.saleId, now + REST_MS)
      return
    }
    this.#raise({ saleId: look.saleId, epoch: winners.epoch, seq: winners.seq, prints, until, metAt: now })
  }

  /** The flags to ask about now. Those that ran out or that nobody meets are let go. */
  due(now: number): Flag[] {
    for (const flag of this.#flags.values()) {
      if (flag.until <= now || flag.metAt + IDLE_MS <= now) this.#drop(flag)
    }
    for (const [saleId, until] of this.#restUntil) {
      if (until <= now) this.#restUntil.delete(saleId)
    }
    return [...this.#flags.values()]
  }

  /**
   * The shelves of the flags asked about at `askedAt`. Answers
   * with the sales that changed and are worth a new look.
   */
  confirm(asked: readonly Flag[], shelves: readonly Shelf[], askedAt: number): string[] {
    const bySale = new Map(shelves.map((shelf) => [shelf.saleId, shelf]))
    const changed: string[] = []
    for (const flag of asked) {
      if (this.#flags.get(flag.saleId) !== flag) continue
      const shelf = bySale.get(flag.saleId)
      const same = shelf?.left === 0 && shelf.epoch === flag.epoch && shelf.seq === flag.seq
      if (same) flag.until = Math.max(flag.until, askedAt + TRUST_MS)
      else this.#drop(flag)
      if (!same && shelf?.left === 0) changed.push(flag.saleId)
    }
    return changed
  }

  /** An attempt won. If the flag does not know its key, the flag is older than that: it goes. */
  won(saleId: string, keyPrint: number): void {
    const flag = this.#flags.get(saleId)
    if (flag && !flag.prints.has(keyPrint)) this.#drop(flag)
  }

  /** Forgets all; looks under way will raise nothing. */
  clear(): void {
    this.#flags.clear()
    this.#looks.clear()
    this.#restUntil.clear()
    this.#prints = 0
  }

  #raise(flag: Flag): void {
    while (
      this.#flags.size >= this.#limits.flagsMax ||
      this.#prints + flag.prints.size > this.#limits.printsMax
    ) {
      this.#drop([...this.#flags.values()].reduce((a, b) => (b.metAt < a.metAt ? b : a)))
    }
    this.#flags.set(flag.saleId, flag)
    this.#prints += flag.prints.size
  }

  #drop(flag: Flag): void {
    this.#flags.delete(flag.saleId)
    this.#prints -= flag.prints.size
  }
}
