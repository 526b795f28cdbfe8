import { readFileSync } from 'node:fs'
import type { Claim, Shelf, Winners } from '@stampede/contracts/claims'
import type { Log } from '@stampede/kit/log'
import { Redis } from 'ioredis'

/** What the gate says of a claim: the stamp under which it took units (now or earlier), or why not. */
export type Taken = { readonly stamp: number } | { readonly refused: 'sold-out' | 'limit' | 'not-open' }

/** The gate's own account of a sale, for the reconciler. `pending`: claims not known to be in the ledger. */
export interface GateState extends Shelf {
  readonly pending: number
  readonly whole: boolean
}

/** A claim that took units a while ago and was never confirmed. */
export interface Overdue {
  readonly claimId: string
  readonly stamp: number
  readonly userId: string
  readonly quantity: number
}

/** Everything a view is made of, read from the ledger. Chunks so that a large sale does not fill the memory. */
export interface View {
  readonly saleId: string
  readonly epoch: number
  readonly left: number
  readonly limit: number
  readonly state: string
  readonly startsAt: number
  readonly endsAt: number
  readonly users: AsyncIterable<readonly (readonly [userId: string, used: number])[]>
  readonly claims: AsyncIterable<readonly ViewClaim[]>
}

export interface ViewClaim {
  readonly claimId: string
  readonly stamp: number
  readonly userId: string
  readonly quantity: number
  readonly keyPrint: number
  readonly live: boolean
}

export type Gate = ReturnType<typeof openGate>

interface Scripts {
  take(...args: (string | number)[]): Promise<[epoch: number, ...stamps: number[]] | null>
  free(...args: (string | number)[]): Promise<number>
  openView(...args: (string | number)[]): Promise<number>
  change(...args: (string | number)[]): Promise<number>
}

const REFUSED = { '-1': 'sold-out', '-2': 'limit', '-3': 'not-open' } as const

/** Stamps count up from here within an epoch, so that a later epoch's are always greater. Below 2^53 for 2^21 epochs. */
const STAMPS_PER_EPOCH = 2 ** 32

/**
 * The gate: a view of each sale's stock in Redis that says no quickly. It is never the truth, and keeps nothing on
 * disk; losing it costs a rebuild. Fails at once when Redis is away: nothing here waits for it to come back.
 */
export function openGate(url: string, log: Log) {
  const redis = new Redis(url, {
    connectTimeout: 1_000,
    commandTimeout: 1_000,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    enableAutoPipelining: true,
    retryStrategy: (tries) => Math.min(50 * tries, 500),
  })
  redis.on('error', (error) => log.warn({ err: error }, 'gate Redis'))
  const define = (name: keyof Scripts, file: string, numberOfKeys: number) =>
    redis.defineCommand(name, { lua: readFileSync(new URL(`gate/${file}.lua`, import.meta.url), 'utf8'), numberOfKeys })
  define('take', 'take', 5)
  define('free', 'free', 4)
  define('openView', 'open', 8)
  define('change', 'change', 1)
  const scripts = redis as unknown as Scripts

  return {
    redis,

    /** Decides claims of one sale, in order; undefined when the view is missing or damaged. Throws when Redis is away. */
    async take(saleId: string, claims: readonly Claim[]): Promise<{ epoch: number; taken: Taken[] } | undefined> {
      const k = keys(saleId)
      const args: (string | number)[] = [k.gate, k.users, k.claims, k.pending, k.prints]
      for (const claim of claims) args.push(claim.claimId, claim.userId, claim.quantity, claim.keyPrint)
      const reply = await scripts.take(...args)
      if (!reply) return undefined
      const [epoch, ...stamps] = reply
      const taken = stamps.map((stamp) =>
        stamp > 0 ? { stamp } : { refused: REFUSED[String(stamp) as keyof typeof REFUSED] },
      )
      return { epoch, taken }
    },

    /** The claims are in the ledger: nothing to settle any more. Losing this call is harmless. */
    async confirm(saleId: string, claimIds: readonly string[]): Promise<void> {
      await redis.zrem(keys(saleId).pending, ...claimIds)
    },

    /** Puts units back; see free.lua. Safe to repeat. */
    async free(saleId: string, how: 'void' | 'release', claims: readonly { claimId: string; stamp?: number }[]) {
      const k = keys(saleId)
      const pairs = claims.flatMap(({ claimId, stamp }) => [claimId, stamp === undefined ? '' : String(stamp)])
      return scripts.free(k.gate, k.users, k.claims, k.pending, how, ...pairs)
    },

    async change(saleId: string, epoch: number, addUnits: number, fields: Record<string, string | number>) {
      return scripts.change(keys(saleId).gate, epoch, addUnits, ...Object.entries(fields).flat())
    },

    /** Shuts the gate of a sale until a view is loaded. */
    async shut(saleId: string): Promise<void> {
      await redis.unlink(keys(saleId).gate)
    },

    /** Loads a view beside the old one, then swaps; false when a newer one was there first. */
    async load(view: View): Promise<boolean> {
      const k = keys(view.saleId)
      const fresh = [k.users, k.claims, k.prints].map((key) => `${key}:loading:${view.epoch}`) as [string, string, string]
      await redis.unlink(...fresh)
      for await (const users of view.users) if (users.length > 0) await redis.hset(fresh[0], ...users.flat())
      for await (const claims of view.claims) {
        if (claims.length === 0) continue
        await redis.hset(fresh[1], ...claims.flatMap((claim) => [claim.claimId, record(claim)]))
        await redis.append(fresh[2], packPrints(claims))
      }
      const { epoch, left, limit, state, startsAt, endsAt } = view
      const fields = { left, seq: epoch * STAMPS_PER_EPOCH, limit, state, startsAt, endsAt }
      const { gate, users, claims, prints, pending } = k
      const opened = await scripts.openView(
        ...[gate, users, claims, prints, pending, ...fresh, epoch],
        ...Object.entries(fields).flat(),
      )
      return opened === 1
    },

    async look(saleId: string): Promise<GateState | undefined> {
      const k = keys(saleId)
      const [fields, users, claims, pending] = await Promise.all([
        redis.hmget(k.gate, 'epoch', 'left', 'seq', 'users', 'claims'),
        redis.hlen(k.users),
        redis.hlen(k.claims),
        redis.zcard(k.pending),
      ])
      if (!fields[0]) return undefined
      const [epoch, left, seq, usersWanted, claimsWanted] = fields.map(Number) as [number, number, number, number, number]
      return { saleId, epoch, left, seq, pending, whole: users === usersWanted && claims === claimsWanted }
    },

    async winners(saleId: string): Promise<Winners | undefined> {
      const k = keys(saleId)
      const results = await redis.multi().hmget(k.gate, 'epoch', 'left', 'seq').getBuffer(k.prints).exec()
      const fields = results?.[0]?.[1] as (string | null)[] | undefined
      if (!fields?.[0]) return undefined
      const [epoch, left, seq] = fields.map(Number) as [number, number, number]
      const prints = (results?.[1]?.[1] as Buffer | null) ?? Buffer.alloc(0)
      return { saleId, epoch, left, seq, prints: prints.toString('base64') }
    },

    /** Claims that took units more than `ageMs` ago and were never confirmed, oldest first. */
    async overdue(saleId: string, ageMs: number, most: number): Promise<Overdue[]> {
      const k = keys(saleId)
      const [seconds] = await redis.time()
      const before = Number(seconds) * 1_000 - ageMs
      const claimIds = await redis.zrangebyscore(k.pending, 0, before, 'LIMIT', 0, most)
      if (claimIds.length === 0) return []
      const records = await redis.hmget(k.claims, ...claimIds)
      return claimIds.flatMap((claimId, i) => {
        const [stamp, userId, quantity] = (records[i] ?? '').split(' ')
        return stamp && userId && quantity
          ? [{ claimId, stamp: Number(stamp), userId, quantity: Number(quantity) }]
          : []
      })
    },

    ready(): 'ok' | string {
      return redis.status === 'ready' ? 'ok' : redis.status
    },

    close(): void {
      redis.disconnect()
    },
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

function record({ stamp, userId, quantity, live }: ViewClaim): string {
  return live ? `${stamp} ${userId} ${quantity}` : `${stamp} over`
}

function packPrints(claims: readonly ViewClaim[]): Buffer {
  const prints = Buffer.alloc(4 * claims.length)
  claims.forEach((claim, i) => prints.writeUInt32LE(claim.keyPrint, 4 * i))
  return prints
}
