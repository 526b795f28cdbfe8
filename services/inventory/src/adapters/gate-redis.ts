import { readFileSync } from 'node:fs'
import type { Claim, Shelf, Winners } from '@stampede/contracts/claims'
import type { Log } from '@stampede/kit/log'
import { Redis } from 'ioredis'
import { type HeldClaim, packPrints, readHolding, record } from './gate/record.ts'
import { measureAhead } from './gate/redis-clock.ts'
import type { View } from './gate/view.ts'

/** What the gate says of a claim: the stamp under which it took units (now or earlier), or why not. */
export type Taken =
  | { readonly stamp: number }
  | { readonly refused: 'sold-out' | 'limit' | 'not-open' | 'key-reused' }

/** The gate's own account of a sale, for the reconciler. `pending`: claims not known to be in the ledger. */
export interface GateState extends Shelf {
  readonly state: string
  /** Epoch milliseconds. */
  readonly endsAt: number
  readonly pending: number
  readonly whole: boolean
  /** By how much the view takes the ledger's clock to be ahead of Redis', in milliseconds. */
  readonly ahead: number
}

interface Scripts {
  take(...args: (string | number)[]): Promise<[epoch: number, ...stamps: number[]] | null>
  free(...args: (string | number)[]): Promise<number | null>
  open(...args: (string | number)[]): Promise<number>
  change(...args: (string | number)[]): Promise<number>
  shift(...args: (string | number)[]): Promise<number>
  revive(...args: (string | number)[]): Promise<[epoch: number, said: number] | null>
}

/** Times in epoch milliseconds. */
export interface GateChange {
  readonly epoch: number
  readonly addUnits: number
  readonly state?: string
  readonly startsAt?: number
  readonly endsAt?: number
  readonly ahead?: number
}

export interface GateOptions {
  readonly url: string
  readonly log: Log
  /** The ledger's clock, in epoch milliseconds: sales begin and end by it. */
  readonly now: () => number
}

const OVERDUE_MAX = 1_000

/** Each script in gate/, and how many keys it takes. */
const SCRIPTS = { take: 5, free: 4, open: 8, change: 1, shift: 1, revive: 3 }

const REFUSED = { '-1': 'sold-out', '-2': 'limit', '-3': 'not-open', '-4': 'key-reused' } as const

/**
 * Stamps count up from here within an epoch, so that a later
 * epoch's are always greater. Below 2^53 for 2^21 epochs.
 */
const STAMPS_PER_EPOCH = 2 ** 32

/**
 * The gate: a view of each sale's stock in Redis that says no quickly. It
 * is never the truth, and keeps nothing on disk; losing it costs a rebuild.
 * Fails at once when Redis is away: nothing here waits for it to come back.
 */
export class Gate {
  readonly redis: Redis
  readonly #scripts: Scripts
  readonly #now: () => number

  constructor({ url, log, now }: GateOptions) {
    this.#now = now
    this.redis = new Redis(url, {
      connectTimeout: 1_000,
      commandTimeout: 1_000,
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
      enableAutoPipelining: true,
      retryStrategy: (tries) => Math.min(50 * tries, 500),
    })
    this.redis.on('error', (error) => log.warn({ err: error }, 'gate Redis'))
    for (const [name, numberOfKeys] of Object.entries(SCRIPTS)) {
      const lua = readFileSync(new URL(`gate/${name}.lua`, import.meta.url), 'utf8')
      this.redis.defineCommand(name, { lua, numberOfKeys })
    }
    this.#scripts = this.redis as unknown as Scripts
  }

  /**
   * Decides claims of one sale, in order; undefined when the
   * view is missing or damaged. Throws when Redis is away.
   */
  async take(
    saleId: string,
    claims: readonly Claim[],
  ): Promise<{ epoch: number; taken: Taken[] } | undefined> {
    const k = keys(saleId)
    const args: (string | number)[] = [k.gate, k.users, k.claims, k.pending, k.prints]
    for (const claim of claims) args.push(claim.claimId, claim.userId, claim.quantity, claim.keyPrint)
    const reply = await this.#scripts.take(...args)
    if (!reply) return undefined
    const [epoch, ...stamps] = reply
    const taken = stamps.map((stamp) =>
      stamp > 0 ? { stamp } : { refused: REFUSED[String(stamp) as keyof typeof REFUSED] },
    )
    return { epoch, taken }
  }

  /** The claims are in the ledger: nothing to settle any more. Losing this call is harmless. */
  async confirm(saleId: string, claimIds: readonly string[]): Promise<void> {
    await this.redis.zrem(keys(saleId).pending, ...claimIds)
  }

  /**
   * Puts units back and answers how many, null when there is no view; see free.lua. Without a stamp, whatever
   * the claim holds. Safe to repeat.
   */
  free(
    saleId: string,
    how: 'void' | 'release',
    claims: readonly { readonly claimId: string; readonly stamp?: number }[],
  ): Promise<number | null> {
    const k = keys(saleId)
    const pairs = claims.flatMap(({ claimId, stamp }) => [claimId, stamp === undefined ? '' : String(stamp)])
    return this.#scripts.free(k.gate, k.users, k.claims, k.pending, how, ...pairs)
  }

  /** Takes units for a released claim again; see revive.lua. Undefined: the view is missing or damaged. */
  async revive(
    saleId: string,
    { claimId, userId, quantity }: Pick<Claim, 'claimId' | 'userId' | 'quantity'>,
  ): Promise<{ epoch: number; said: 'taken' | 'sold-out' | 'underway' } | undefined> {
    const { gate, users, claims } = keys(saleId)
    const reply = await this.#scripts.revive(gate, users, claims, claimId, userId, quantity)
    if (!reply) return undefined
    const [epoch, said] = reply
    return { epoch, said: said === 1 ? 'taken' : said === 0 ? 'sold-out' : 'underway' }
  }

  /** Carries an operator's change into the view, if it is of this epoch. */
  async change(saleId: string, { epoch, addUnits, ...fields }: GateChange): Promise<void> {
    await this.#scripts.change(keys(saleId).gate, epoch, addUnits, ...Object.entries(fields).flat())
  }

  /** Puts units into the view of this epoch, or takes free ones out; false when that cannot be. */
  async shift(saleId: string, epoch: number, units: number): Promise<boolean> {
    return (await this.#scripts.shift(keys(saleId).gate, epoch, units)) === 1
  }

  /** Shuts the gate of a sale until a view is loaded. */
  async shut(saleId: string): Promise<void> {
    await this.redis.unlink(keys(saleId).gate)
  }

  /** Loads a view beside the old one, then swaps; false when a newer one was there first. */
  async load(view: View): Promise<boolean> {
    const { gate, users, claims, prints, pending } = keys(view.saleId)
    const ahead = await this.ahead()
    const name = (key: string) => `${key}:loading:${view.epoch}`
    const fresh = { users: name(users), claims: name(claims), prints: name(prints) }
    await this.redis.unlink(...Object.values(fresh))
    for await (const some of view.users) await this.redis.hset(fresh.users, ...some.flat())
    for await (const some of view.claims) {
      await this.redis.hset(fresh.claims, ...some.flatMap((claim) => [claim.claimId, record(claim)]))
      await this.redis.append(fresh.prints, packPrints(some))
    }
    const { epoch, left, limit, state, startsAt, endsAt } = view
    const fields = { left, seq: epoch * STAMPS_PER_EPOCH, limit, state, startsAt, endsAt, ahead }
    const standing = [gate, users, claims, prints, pending]
    const loaded = [fresh.users, fresh.claims, fresh.prints]
    return (await this.#scripts.open(...standing, ...loaded, epoch, ...Object.entries(fields).flat())) === 1
  }

  /** By how much the ledger's clock is ahead of Redis' now, in milliseconds; throws when it cannot tell. */
  ahead(): Promise<number> {
    return measureAhead(this.redis, this.#now)
  }

  async look(saleId: string): Promise<GateState | undefined> {
    const k = keys(saleId)
    const [fields, users, claims, pending] = await Promise.all([
      this.redis.hmget(k.gate, 'state', 'endsAt', 'epoch', 'left', 'seq', 'ahead', 'users', 'claims'),
      this.redis.hlen(k.users),
      this.redis.hlen(k.claims),
      this.redis.zcard(k.pending),
    ])
    const [state, ...counts] = fields
    if (!state) return undefined
    const [endsAt = 0, epoch = 0, left = 0, seq = 0, ahead = 0, usersWanted, claimsWanted] =
      counts.map(Number)
    const whole = users === usersWanted && claims === claimsWanted
    return { saleId, state, endsAt, epoch, left, seq, pending, whole, ahead }
  }

  /** The shelf and who holds units of it, read in one step. */
  async winners(saleId: string): Promise<Winners | undefined> {
    const k = keys(saleId)
    const results = await this.redis.multi().hmget(k.gate, 'epoch', 'left', 'seq').getBuffer(k.prints).exec()
    const fields = results?.[0]?.[1] as (string | null)[] | undefined
    if (!fields?.[0]) return undefined
    const [epoch = 0, left = 0, seq = 0] = fields.map(Number)
    const prints = (results?.[1]?.[1] as Buffer | null) ?? Buffer.alloc(0)
    return { saleId, epoch, left, seq, prints: prints.toString('base64') }
  }

  /** How many claims took units more than `ageMs` ago and were never confirmed. */
  countUnsettled(saleId: string, ageMs: number): Promise<number> {
    return this.redis.zcount(keys(saleId).pending, 0, this.#now() - ageMs)
  }

  /** Those claims, oldest first, at most 1,000. One that holds no units is forgotten instead. */
  async overdue(saleId: string, ageMs: number): Promise<HeldClaim[]> {
    const k = keys(saleId)
    const before = this.#now() - ageMs
    const claimIds = await this.redis.zrangebyscore(k.pending, 0, before, 'LIMIT', 0, OVERDUE_MAX)
    if (claimIds.length === 0) return []
    const records = await this.redis.hmget(k.claims, ...claimIds)
    const holdings = claimIds.map((claimId, i) => readHolding(claimId, records[i] ?? ''))
    const empty = claimIds.filter((_, i) => !holdings[i])
    // While anything is pending no drift is looked for, so a mark that stayed would hide it for ever.
    if (empty.length > 0) await this.redis.zrem(k.pending, ...empty)
    return holdings.filter((each) => each !== undefined)
  }

  ready(): 'ok' | string {
    return this.redis.status === 'ready' ? 'ok' : this.redis.status
  }

  close(): void {
    this.redis.disconnect()
  }
}

function keys(saleId: string) {
  const sale = `sale:{${saleId}}`
  return {
    gate: `${sale}:gate`,
    users: `${sale}:users`,
    claims: `${sale}:claims`,
    pending: `${sale}:pending`,
    prints: `${sale}:prints`,
  }
}
