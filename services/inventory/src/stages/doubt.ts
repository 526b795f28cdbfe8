import type { GateState } from '../adapters/gate-redis.ts'
import type { SaleRow } from '../domain/sale.ts'

/** How often the same difference must be seen, with nothing moving, before it counts as drift. */
const SIGHTINGS = 3

/** Judges views of the gate against the ledger's rows; remembers differences seen lately. */
export class Doubt {
  readonly #sightings = new Map<string, { readonly look: string; readonly times: number }>()

  /** Why a view cannot be trusted, or undefined. */
  of(sale: SaleRow, view: GateState | undefined): string | undefined {
    if (!view) return 'view missing'
    if (!view.whole) return 'view damaged'
    if (view.epoch < sale.epoch) return 'view of an older epoch'
    if (view.epoch === sale.epoch && view.seq < sale.lastStamp) return 'view rolled back'
    if (view.epoch === sale.epoch && !sameTerms(sale, view)) return 'view of other terms'
    return this.#hasDrifted(sale, view) ? 'view drifted' : undefined
  }

  /**
   * Units on their way between gate and ledger are no drift. What is lacking beyond all that can be on its
   * way is one, however the sale moves; else only a difference that stands still.
   */
  #hasDrifted({ saleId, available, limitPerUser }: SaleRow, view: GateState): boolean {
    const { pending, left, epoch, seq } = view
    const isLacking = lackOf({ available, limitPerUser }, view) > 0
    if (!isLacking && (pending > 0 || left === available)) {
      this.#sightings.delete(saleId)
      return false
    }
    const look = isLacking ? `lacking in ${epoch}` : `${epoch} ${seq} ${left} ${available}`
    const seen = this.#sightings.get(saleId)
    const times = seen?.look === look ? seen.times + 1 : 1
    if (times < SIGHTINGS) this.#sightings.set(saleId, { look, times })
    else this.#sightings.delete(saleId)
    return times >= SIGHTINGS
  }
}

/** Units that the ledger has and the view lacks, though every claim on its way took as many as it may. */
export function lackOf(
  { available, limitPerUser }: Pick<SaleRow, 'available' | 'limitPerUser'>,
  { left, pending }: Pick<GateState, 'left' | 'pending'>,
): number {
  return available - left - pending * limitPerUser
}

/** False after a change that missed the view: its teller died, or a rebuild read the row just before. */
function sameTerms(sale: SaleRow, view: GateState): boolean {
  return view.state === sale.status && view.endsAt === sale.endsAt.getTime()
}
