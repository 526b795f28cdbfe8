import type { Claim, Verdict } from '@stampede/contracts/claims'
import type { OrderChanged } from '@stampede/contracts/events'
import type { StageName, Variant } from '@stampede/contracts/sales'
import type { Tx } from '@stampede/kit/postgres'
import type { SaleRow } from '../domain/sale.ts'

/** One way to guard stock. A sale names its stage and variant when it is created and keeps them. */
export interface Stage {
  readonly name: StageName
  readonly variant: Variant
  /** Puts a sale that stands in the ledger on sale. Loading it twice changes nothing. */
  load(sale: SaleRow): Promise<void>
  /**
   * One verdict per claim, in their order; the same claimId always gets the same answer. `won` is committed
   * when it is returned. `deadline` is on the clock of `performance.now()`.
   */
  claim(claims: readonly Claim[], deadline: number): Promise<readonly Verdict[]>
  /** Follows an operator's change that stands in the ledger: more units, another end, a pause. */
  change(sale: SaleRow, addUnits: number): Promise<void>
  /**
   * Returns units of ended orders to the shelf, once each, inside the caller's transaction; an order whose
   * reservation has followed a later version is passed over. The function it answers must be called after the
   * commit.
   */
  release(tx: Tx, ended: readonly OrderChanged[]): Promise<() => Promise<void>>
  /** Units on the shelf and units held or sold. */
  count(saleId: string): Promise<{ readonly left: number; readonly won: number }>
  close(): Promise<void>
}
