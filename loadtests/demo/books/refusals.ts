import { PROBLEMS, type ProblemCode } from '@stampede/contracts/problems'
import type { AttemptEntry } from '../journal.ts'
import { type Holding, openTimeline, type Timeline } from './timeline.ts'

/** What the answers are judged by. */
export interface Ground {
  readonly sales: readonly SaleTerms[]
  readonly holdings: readonly Holding[]
  /** Attempts of a buyer in ten seconds beyond which the gateway may say so; if not given, it may never. */
  readonly quota?: number | undefined
  /** What the quota counts, if these are not all attempts: of some buyers all, at whatever sale. */
  readonly counted?: readonly AttemptEntry[]
}

export interface SaleTerms {
  readonly saleId: string
  readonly units: number
  readonly limit: number
}

/** An answer that the attempt did not deserve. `id` names the attempt by buyer and key. */
export interface Undeserved {
  readonly id: string
  readonly why: string
}

/** Codes that say "not now", whoever asks. They are counted and shown, not judged. */
const NOT_NOW = new Set(['overloaded', 'gate_closed', 'unavailable', 'deadline_exceeded'])
/** The gate is asked some time before the ledger writes its time down. */
const SLACK_MS = 500
const QUOTA_WINDOW_MS = 10_000

/** Answers, refusals and wins alike, that the clients should not have got, as far as the ledger can tell. */
export function findUndeserved(attempts: readonly AttemptEntry[], ground: Ground): Undeserved[] {
  const { sales, holdings, quota = Number.POSITIVE_INFINITY } = ground
  const timeline = openTimeline(sales, holdings)
  const terms = new Map(sales.map((sale) => [sale.saleId, sale]))
  const sameKey = Map.groupBy(attempts, keyOf)
  const counted = ground.counted ?? attempts.filter(({ kind }) => kind !== 'bad-token')
  const sameBuyer = Map.groupBy(counted, ({ userId }) => userId)
  return attempts.flatMap((attempt) => {
    if (attempt.status === 0) return []
    const why = judge({
      attempt,
      timeline,
      quota,
      ofBuyer: sameBuyer.get(attempt.userId) ?? [],
      limit: terms.get(attempt.saleId)?.limit ?? 0,
      twins: sameKey.get(keyOf(attempt)) ?? [],
    })
    return why === undefined ? [] : [{ id: keyOf(attempt), why }]
  })
}

interface Case {
  readonly attempt: AttemptEntry
  readonly timeline: Timeline
  readonly limit: number
  /** All attempts of the buyer with this key at this sale, itself among them. */
  readonly twins: readonly AttemptEntry[]
  /** All attempts of the buyer that the gateway may have counted. */
  readonly ofBuyer: readonly AttemptEntry[]
  readonly quota: number
}

/** Why the answer is wrong, if it is. */
function judge(each: Case): string | undefined {
  const { kind, status, code = 'none', detail, quantity } = each.attempt
  const what = `${kind}${detail ? ` ${detail}` : ''}, quantity ${quantity}`
  if (status === 201) return FAULTY.has(kind) ? `${what}: won` : undefined
  if (PROBLEMS[code as ProblemCode]?.status !== status) return `${what}: ${status} with code ${code}`
  if (NOT_NOW.has(code)) return undefined
  return DESERVED[code]?.(each) ? undefined : `${what}: ${status} ${code}`
}

const FAULTY = new Set<string>(['bad-token', 'bad-body', 'no-key'])

const DESERVED: Readonly<Record<string, (each: Case) => boolean>> = {
  unauthenticated: ({ attempt }) => attempt.kind === 'bad-token',
  invalid_request: ({ attempt }) => attempt.kind === 'bad-body',
  idempotency_key_missing: ({ attempt }) => attempt.kind === 'no-key',
  idempotency_key_reused: ({ attempt, twins }) => twins.some(({ quantity }) => quantity !== attempt.quantity),
  quota_exceeded: ({ attempt, ofBuyer, quota }) =>
    ofBuyer.filter((each) => isJustBefore(each, attempt)).length >= quota,
  sold_out: ({ attempt, timeline }) =>
    timeline.leastLeft(attempt.saleId, windowOf(attempt)) < attempt.quantity,
  limit_reached: ({ attempt, timeline, limit }) =>
    timeline.heldBy(attempt.userId, attempt.saleId, windowOf(attempt)) + attempt.quantity > limit,
}

function keyOf({ userId, saleId, key }: AttemptEntry): string {
  return `${userId} ${saleId} ${key}`
}

function windowOf({ sentAt, tookMs }: AttemptEntry): { from: number; to: number } {
  return { from: sentAt, to: sentAt + tookMs + SLACK_MS }
}

function isJustBefore(earlier: AttemptEntry, { sentAt, tookMs }: AttemptEntry): boolean {
  return earlier.sentAt <= sentAt + tookMs && earlier.sentAt >= sentAt - QUOTA_WINDOW_MS - SLACK_MS
}
