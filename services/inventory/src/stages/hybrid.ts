import type { Claim, Refusal, Verdict } from '@stampede/contracts/claims'
import type { OrderEnded } from '@stampede/contracts/events'
import { type Batcher, type Outcome, openBatcher } from '@stampede/kit/batcher'
import type { Log } from '@stampede/kit/log'
import type { Tx } from '@stampede/kit/postgres'
import type { Gate } from '../adapters/gate-redis.ts'
import type { Entered, Entry, Ledger } from '../adapters/ledger-postgres.ts'
import type { Sales } from '../adapters/sales-prisma.ts'
import type { Stage } from './stage.ts'

export interface HybridDeps {
  readonly gate: Gate
  readonly ledger: Ledger
  readonly sales: Sales
  readonly log: Log
  /** Rebuilds the gate's view of a sale from the ledger; see rebuild.ts. */
  readonly rebuild: (saleId: string, why: string) => Promise<void>
  /** Called after events were committed. */
  readonly wakeRelay: () => void
  readonly batches: { readonly gateMax: number; readonly ledgerMax: number; readonly ledgerInFlight: number; readonly queueMax: number }
}

/** A sale nobody knows is asked for once in this time, however often it is claimed. */
const UNKNOWN_MS = 1_000
const UNKNOWN_MAX = 1_000
/** After the ledger failed, claims are refused this long before units are taken in the gate again. */
const LEDGER_REST_MS = 300

/**
 * The production stage: the gate (one script call in Redis for a batch) says no quickly, the ledger (one transaction in
 * Postgres for a batch) says yes durably. Neither locks, and nothing depends on clocks or on Redis remembering.
 */
export function openHybrid({ gate, ledger, sales, log, rebuild, wakeRelay, batches }: HybridDeps): Stage {
  const unknown = new Map<string, number>()
  let restUntil = 0

  const gateBatcher = openBatcher<Claim, Entry | { readonly refused: Refusal }>({
    itemsMax: batches.gateMax,
    waitMs: 0,
    queueMax: batches.queueMax,
    inFlightMax: 4,
    run: async (claims) => {
      const results = new Map<Claim, Entry | { refused: Refusal }>()
      await Promise.all(
        Map.groupBy(claims, (claim) => claim.saleId)
          .entries()
          .map(([saleId, group]) => takeFrom(saleId, group, results)),
      )
      return claims.map((claim) => results.get(claim) ?? { refused: 'busy' })
    },
  })

  const ledgerBatcher: Batcher<Entry, Entered> = openBatcher({
    itemsMax: batches.ledgerMax,
    waitMs: 0,
    queueMax: batches.queueMax,
    inFlightMax: batches.ledgerInFlight,
    run: async (entries) => {
      // The first of equal claims is the one the gate took units for.
      const different = [...Map.groupBy(entries, (entry) => entry.claim.claimId).values()].map(([first]) => first as Entry)
      const entered = await ledger.enter(different)
      wakeRelay()
      const results = new Map(different.map((entry, i) => [entry.claim.claimId, entered[i] as Entered]))
      settleInGate(different, entered)
      return entries.map((entry) => results.get(entry.claim.claimId) as Entered)
    },
  })

  async function takeFrom(saleId: string, claims: readonly Claim[], results: Map<Claim, Entry | { refused: Refusal }>) {
    const refuse = (refused: Refusal) => claims.forEach((claim) => results.set(claim, { refused }))
    const answer = await gate.take(saleId, claims).catch((error: Error) => {
      log.warn({ err: error, saleId }, 'gate did not answer')
      return 'away' as const
    })
    if (answer === 'away') return refuse('gate-closed')
    if (!answer) return refuse(await missing(saleId))
    answer.taken.forEach((taken, i) => {
      const claim = claims[i] as Claim
      results.set(claim, 'stamp' in taken ? { claim, epoch: answer.epoch, stamp: taken.stamp } : taken)
    })
  }

  /** No view: either nobody knows this sale, or the gate lost it and must be rebuilt. */
  async function missing(saleId: string): Promise<Refusal> {
    const now = performance.now()
    if ((unknown.get(saleId) ?? 0) > now) return 'unknown-sale'
    const sale = await sales.get(saleId).catch(() => 'away' as const)
    if (sale === 'away') return 'gate-closed'
    if (sale) {
      void rebuild(saleId, 'view missing')
      return 'gate-closed'
    }
    if (unknown.size >= UNKNOWN_MAX) unknown.clear()
    unknown.set(saleId, now + UNKNOWN_MS)
    return 'unknown-sale'
  }

  /** Tells the gate what became of its claims. Not awaited: what is lost here, the reconciler finds. */
  function settleInGate(entries: readonly Entry[], entered: readonly Entered[]): void {
    const pairs = entries.map((entry, i) => ({ ...entry, result: entered[i] as Entered }))
    for (const [saleId, group] of Map.groupBy(pairs, (pair) => pair.claim.saleId)) {
      const held = group.filter((pair) => 'held' in pair.result).map((pair) => pair.claim.claimId)
      const voided = group.filter((pair) => 'lost' in pair.result && pair.result.lost === 'void')
      const wrong = group.some((pair) => 'lost' in pair.result && /sold-out|limit/.test(pair.result.lost))
      if (held.length > 0) void gate.confirm(saleId, held).catch(() => undefined)
      if (voided.length > 0) {
        const claims = voided.map(({ claim, stamp }) => ({ claimId: claim.claimId, stamp }))
        void gate.free(saleId, 'void', claims).catch(() => undefined)
      }
      if (wrong) void rebuild(saleId, 'ledger refused what the gate gave')
    }
  }

  async function claimOne(claim: Claim, deadline: number): Promise<Verdict> {
    if (performance.now() < restUntil) return { refused: 'busy' }
    const taken = verdictOf(await gateBatcher.add(claim, deadline))
    if ('refused' in taken) return taken
    const outcome = await ledgerBatcher.add(taken)
    if ('refused' in outcome && outcome.refused === 'failed') {
      restUntil = performance.now() + LEDGER_REST_MS
      log.warn({ err: outcome.error }, 'ledger did not answer')
    }
    const entered = verdictOf(outcome)
    if ('refused' in entered) return entered
    if ('lost' in entered) return { refused: LOST[entered.lost] }
    return entered.held.quantity === claim.quantity ? { won: entered.held } : { refused: 'key-reused' }
  }

  return {
    name: 'hybrid',
    load: (saleId) => rebuild(saleId, 'loaded'),
    claim: (claims, deadline) => Promise.all(claims.map((claim) => claimOne(claim, deadline))),
    look: (claimId) => ledger.find(claimId),
    async release(tx: Tx, ended: readonly OrderEnded[]) {
      const freed = await ledger.free(tx, ended)
      return async () => {
        for (const [saleId, claims] of Map.groupBy(freed, (each) => each.saleId)) {
          await gate.free(saleId, 'release', claims).catch(() => undefined)
        }
      }
    },
    async count(saleId) {
      const sale = await sales.get(saleId)
      return { left: sale?.available ?? 0, won: (sale?.reserved ?? 0) + (sale?.sold ?? 0) }
    },
    async close() {
      await gateBatcher.close()
      await ledgerBatcher.close()
    },
  }
}

const LOST = {
  void: 'busy',
  stale: 'gate-closed',
  'sold-out': 'sold-out',
  limit: 'limit',
  'unknown-sale': 'unknown-sale',
} as const satisfies Record<Extract<Entered, { lost: string }>['lost'], Refusal>

function verdictOf<R>(outcome: Outcome<R>): R | { readonly refused: 'busy' | 'late' } {
  if ('done' in outcome) return outcome.done
  return { refused: outcome.refused === 'deadline' ? 'late' : 'busy' }
}
