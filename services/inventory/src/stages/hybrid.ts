import type { Refusal, Reservation, Verdict } from '@stampede/contracts/claims'
import type { OrderChanged } from '@stampede/contracts/events'
import { failureOf, outcomeOf } from '@stampede/contracts/outcomes'
import { type Batcher, type Outcome, openBatcher } from '@stampede/kit/batcher'
import type { Log } from '@stampede/kit/log'
import type { Tx } from '@stampede/kit/postgres'
import { traced } from '@stampede/kit/tracing/spans'
import type { Gate } from '../adapters/gate-redis.ts'
import type { Entered, Entry, Ledger } from '../adapters/ledger-postgres.ts'
import type { Sales } from '../adapters/sales-prisma.ts'
import type { SaleRow } from '../domain/sale.ts'
import { type SegmentClaim, shelfOf } from '../domain/segment.ts'
import { openGatekeeper, type Taking } from './gatekeeper.ts'
import { openGiveBack } from './give-back.ts'
import type { Rebuild } from './rebuild.ts'
import type { Stage } from './stage.ts'

export interface HybridDeps {
  readonly gate: Gate
  readonly ledger: Ledger
  readonly sales: Sales
  readonly log: Log
  readonly rebuild: Rebuild
  /** Called after events were committed. */
  readonly wakeRelay: () => void
  readonly limits: HybridLimits
}

/** Most claims in one script call, in one transaction, and waiting for either; most transactions at once. */
export interface HybridLimits {
  readonly gateMax: number
  readonly ledgerMax: number
  readonly ledgerInFlight: number
  readonly queueMax: number
}

const GATE_IN_FLIGHT = 4
/** After the ledger failed, claims are refused for this long before units are taken in the gate again. */
const LEDGER_REST_MS = 300

const LOST = {
  void: 'busy',
  stale: 'gate-closed',
  'sold-out': 'sold-out',
  limit: 'limit',
  'unknown-sale': 'unknown-sale',
} as const satisfies Record<Extract<Entered, { lost: string }>['lost'], Refusal>

/**
 * The production stage: the gate (one script call in Redis for a batch) says no
 * quickly, the ledger (one transaction in Postgres for a batch) says yes
 * durably. Neither locks, and nothing depends on clocks or on Redis remembering.
 */
export class Hybrid implements Stage {
  readonly name = 'hybrid'
  readonly variant = 'guarded'
  readonly #deps: HybridDeps
  readonly #giveBack: ReturnType<typeof openGiveBack>
  readonly #atGate: Batcher<SegmentClaim, Taking>
  readonly #atLedger: Batcher<Entry, Entered>
  #restUntil = 0

  constructor(deps: HybridDeps) {
    this.#deps = deps
    this.#giveBack = openGiveBack(deps.gate)
    const { gateMax, ledgerMax, ledgerInFlight, queueMax } = deps.limits
    const queue = { waitMs: 0, queueMax }
    this.#atGate = openBatcher({
      name: 'gate',
      ...queue,
      itemsMax: gateMax,
      inFlightMax: GATE_IN_FLIGHT,
      run: traced(
        'inventory gate',
        {
          traceIdOf: (claim) => claim.traceId,
          attributesOf: (_claim, taking) => outcomeOf(taking),
          failedOf: failureOf,
        },
        openGatekeeper(deps),
      ),
    })
    this.#atLedger = openBatcher({
      name: 'ledger',
      ...queue,
      itemsMax: ledgerMax,
      inFlightMax: ledgerInFlight,
      run: traced(
        'inventory ledger',
        {
          traceIdOf: ({ claim }: Entry) => claim.traceId,
          attributesOf: (_entry, entered) => outcomeOf(entered && toldOf(entered)),
          failedOf: (entered) => failureOf(toldOf(entered)),
        },
        (entries) => this.#enter(entries),
      ),
    })
  }

  async load({ saleId }: SaleRow): Promise<void> {
    await this.#deps.rebuild(saleId, 'loaded')
  }

  claim(claims: readonly SegmentClaim[], deadline: number): Promise<readonly Verdict[]> {
    return Promise.all(claims.map((claim) => this.#claimOne(claim, deadline)))
  }

  /** What the gate misses (Redis away, another epoch) its rebuild reads from the ledger. */
  async change({ saleId, epoch, status, endsAt }: SaleRow, addUnits: number): Promise<void> {
    const change = { epoch, addUnits, state: status, endsAt: endsAt.getTime() }
    await this.#deps.gate.change(saleId, change).catch(() => undefined)
  }

  async release(tx: Tx, ended: readonly OrderChanged[]): Promise<() => Promise<void>> {
    const freed = await this.#deps.ledger.free(tx, ended)
    return async () => {
      for (const [saleId, claims] of Map.groupBy(freed, (each) => each.saleId)) {
        await this.#giveBack(saleId, claims)
      }
    }
  }

  async count(saleId: string): Promise<{ left: number; won: number }> {
    const sale = await this.#deps.sales.get(saleId)
    return { left: sale?.available ?? 0, won: (sale?.reserved ?? 0) + (sale?.sold ?? 0) }
  }

  async close(): Promise<void> {
    await this.#atGate.close()
    await this.#atLedger.close()
  }

  async #claimOne(claim: SegmentClaim, deadline: number): Promise<Verdict> {
    if (performance.now() < this.#restUntil) return { refused: 'busy' }
    const taken = resultOf(await this.#atGate.add(claim, deadline))
    if ('refused' in taken) return taken
    // No deadline from here on: the units are taken, and the ledger settles whose they are.
    const entered = resultOf(await this.#atLedger.add(taken))
    if ('refused' in entered) return entered
    const told = toldOf(entered)
    if ('refused' in told) return told
    return told.held.quantity === claim.quantity ? { won: told.held } : { refused: 'key-reused' }
  }

  async #enter(entries: readonly Entry[]): Promise<Entered[]> {
    const { ledger, log, wakeRelay } = this.#deps
    // The first of equal claims is the one the gate took units for.
    const different = new Map<string, Entry>()
    for (const entry of entries) {
      if (!different.has(entry.claim.claimId)) different.set(entry.claim.claimId, entry)
    }
    const entered = await ledger.enter([...different.values()]).catch((error: unknown) => {
      this.#restUntil = performance.now() + LEDGER_REST_MS
      log.warn({ err: error }, 'ledger did not answer')
      throw error
    })
    wakeRelay()
    const results = new Map([...different.keys()].map((claimId, i) => [claimId, entered[i] as Entered]))
    this.#settle(different, results)
    return entries.map((entry) => results.get(entry.claim.claimId) as Entered)
  }

  /** Tells the gate what became of its claims. Not awaited: what is lost here, the reconciler finds. */
  #settle(entries: ReadonlyMap<string, Entry>, results: ReadonlyMap<string, Entered>): void {
    const { gate, rebuild } = this.#deps
    const bySale = Map.groupBy(entries.values(), (entry) => shelfOf(entry.claim))
    for (const [saleId, group] of bySale) {
      const ended = (how: string) =>
        group
          .filter(({ claim }) => endOf(results.get(claim.claimId)) === how)
          .map(({ claim, stamp }) => ({ claimId: claim.claimId, stamp }))
      const [held, voided] = [ended('held'), ended('void')]
      const confirmed = held.map(({ claimId }) => claimId)
      if (held.length > 0) void gate.confirm(saleId, confirmed).catch(() => undefined)
      if (voided.length > 0) void gate.free(saleId, 'void', voided).catch(() => undefined)
      const wrong = ended('sold-out').length + ended('limit').length
      if (wrong > 0) void rebuild(saleId, 'ledger refused what the gate gave')
    }
  }
}

/** What is told of it outside of the ledger. */
function toldOf(entered: Entered): { readonly held: Reservation } | { readonly refused: Refusal } {
  return 'lost' in entered ? { refused: LOST[entered.lost] } : entered
}

function endOf(entered: Entered | undefined): string | undefined {
  return entered && ('held' in entered ? 'held' : entered.lost)
}

function resultOf<R>(outcome: Outcome<R>): R | { readonly refused: 'busy' | 'late' } {
  if ('done' in outcome) return outcome.done
  return { refused: outcome.refused === 'deadline' ? 'late' : 'busy' }
}
