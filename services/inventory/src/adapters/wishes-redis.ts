import { readFileSync } from 'node:fs'
import type { Claim } from '@stampede/contracts/claims'
import { newId } from '@stampede/contracts/ids'
import type { Redis } from 'ioredis'

/** What the gate says to a wish; see wish.lua. */
export type Said = 'missing' | 'taken' | 'known' | 'key-reused' | 'not-open' | 'limit' | 'sold-out'

/** How a wish ended for the gate; see wish-end.lua. */
export type WishEnd = 'forget' | 'back' | 'gone'

/** A claim that the books or the queue know of. `live`: it holds units, or will. */
export interface KnownClaim {
  readonly claimId: string
  readonly userId: string
  readonly quantity: number
  readonly live: boolean
}

export interface ShelfView {
  /** Units nobody holds and nobody waits for. */
  readonly left: number
  readonly limit: number
  /** Epoch milliseconds; then the view goes by itself. */
  readonly goneAt: number
  readonly claims: readonly KnownClaim[]
}

interface Scripts {
  wish(...args: (string | number)[]): Promise<Said>
  wishEnd(...args: string[]): Promise<void>
  wishAdd(shelf: string, units: number): Promise<void>
  wishLoad(...args: (string | number)[]): Promise<void>
}

/** Files, and how many keys each takes. */
const SCRIPTS = {
  wish: ['wish', 3],
  wishEnd: ['wish-end', 3],
  wishAdd: ['wish-add', 1],
  wishLoad: ['wish-load', 5],
} as const
/** Claims written in one command, and how long a view that was never put up is kept. */
const CHUNK = 1_000
const LOADING_MS = 60_000

/**
 * The gate of the stage *async*: one script call takes a unit, minds the buyer's limit and knows a claim
 * again. It keeps nothing on disk and is never the truth: what it forgot is read anew from the books.
 */
export class Wishes {
  readonly #redis: Redis
  readonly #scripts: Scripts

  constructor(redis: Redis) {
    this.#redis = redis
    for (const [name, [file, numberOfKeys]] of Object.entries(SCRIPTS)) {
      const lua = readFileSync(new URL(`gate/${file}.lua`, import.meta.url), 'utf8')
      redis.defineCommand(name, { lua, numberOfKeys })
    }
    this.#scripts = redis as unknown as Scripts
  }

  /** Throws when Redis is away. */
  make({ claimId, saleId, userId, quantity }: Claim, open: boolean): Promise<Said> {
    return this.#scripts.wish(...keys(saleId), claimId, userId, quantity, open ? '1' : '0')
  }

  /** Safe to repeat; a claim that ended already, or that is not known here, changes nothing. */
  async end(saleId: string, how: WishEnd, claimIds: readonly string[]): Promise<void> {
    await this.#scripts.wishEnd(...keys(saleId), how, ...claimIds)
  }

  /** Units for those who come now, or undefined when nothing is known of the sale. */
  async left(saleId: string): Promise<number | undefined> {
    const left = await this.#redis.hget(keys(saleId)[0], 'left')
    return left === null ? undefined : Number(left)
  }

  /** More units came on the shelf. A gate that knows nothing of the sale will read of them. */
  async add(saleId: string, units: number): Promise<void> {
    await this.#scripts.wishAdd(keys(saleId)[0], units)
  }

  /** Forgets all about a sale; whoever wishes next has it read anew. */
  async shut(saleId: string): Promise<void> {
    await this.#redis.unlink(...keys(saleId))
  }

  /** Puts up a view where there is none. */
  async load(saleId: string, { left, limit, goneAt, claims }: ShelfView): Promise<void> {
    const standing = keys(saleId)
    const loading = newId()
    const [users, known] = [`${standing[1]}:${loading}`, `${standing[2]}:${loading}`]
    await inChunks(usedOf(claims), (some) => this.#redis.hset(users, ...some.flat()))
    await inChunks(claims, (some) =>
      this.#redis.hset(known, ...some.flatMap((claim) => [claim.claimId, record(claim)])),
    )
    await Promise.all([this.#redis.pexpire(users, LOADING_MS), this.#redis.pexpire(known, LOADING_MS)])
    await this.#scripts.wishLoad(...standing, users, known, left, limit, goneAt)
  }
}

/** Of the shelf, of units by user, of claims. */
function keys(saleId: string): [shelf: string, users: string, claims: string] {
  const stage = `sale:{${saleId}}:async`
  return [`${stage}:shelf`, `${stage}:users`, `${stage}:claims`]
}

function record({ quantity, userId, live }: KnownClaim): string {
  return `${quantity} ${userId} ${live ? 'live' : 'over'}`
}

function usedOf(claims: readonly KnownClaim[]): [userId: string, used: number][] {
  const used = new Map<string, number>()
  for (const { userId, quantity, live } of claims) {
    if (live) used.set(userId, (used.get(userId) ?? 0) + quantity)
  }
  return [...used]
}

async function inChunks<T>(all: readonly T[], work: (some: readonly T[]) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < all.length; at += CHUNK) await work(all.slice(at, at + CHUNK))
}
