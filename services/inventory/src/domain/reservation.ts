/** held: units are the buyer's until the order ends. sold, released, void: over. */
export type ReservationState = 'held' | 'sold' | 'released' | 'void'

/** What can happen to a claim's row. `enter` and `void` race for who writes it first. */
export type ReservationEvent =
  | { readonly type: 'enter'; readonly stamp: number }
  | { readonly type: 'void'; readonly stamp: number }
  | { readonly type: 'release' }

export interface ReservationRow {
  readonly state: ReservationState
  readonly stamp: number
}

/**
 * The rule that the ledger's SQL carries out, as a function: the row after an event; the same row when
 * nothing changes. First writer wins; a void gives way only to a later stamp, which is the same wish made
 * anew.
 */
export function applyToReservation(
  row: ReservationRow | undefined,
  event: ReservationEvent,
): ReservationRow | undefined {
  switch (event.type) {
    case 'enter':
      if (row && !(row.state === 'void' && row.stamp < event.stamp)) return row
      return { state: 'held', stamp: event.stamp }
    case 'void':
      if (row && !(row.state === 'void' && row.stamp < event.stamp)) return row
      return { state: 'void', stamp: event.stamp }
    case 'release':
      return row?.state === 'held' ? { ...row, state: 'released' } : row
  }
}
