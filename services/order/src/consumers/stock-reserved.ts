import type { Reservation } from '@stampede/contracts/claims'
import type { Apply } from '@stampede/kit/events/deliver'
import type { Tx } from '@stampede/kit/postgres'
import { tellRound } from '@stampede/kit/tracing/spans'
import { wallMs } from '@stampede/kit/tracing/wall-clock'

export interface BackstopPorts {
  /** Makes the orders that do not exist yet and returns what they were made of. */
  readonly insert: (tx: Tx, won: readonly Reservation[]) => Promise<readonly Reservation[]>
  /** Whether this process wrote the order itself, lately: spares a look into Postgres for nearly all. */
  readonly isKnown: (orderId: string) => boolean
  /** Called with the new ones after the commit. */
  readonly onPlaced: (placed: readonly Reservation[]) => void
}

/**
 * The backstop: a reservation whose order nobody wrote, because we died in between, gets it here. For all
 * others this finds the order and does nothing, so the order itself is the inbox.
 */
export function makeMissingOrders({ insert, isKnown, onPlaced }: BackstopPorts): Apply<'stock.reserved'> {
  return async (tx, events) => {
    const reservations = events.flatMap(({ data }) => data.reservations)
    const missing = reservations.filter(({ claimId }) => !isKnown(claimId))
    if (missing.length === 0) return undefined
    const startMs = wallMs()
    const placed = await insert(tx, missing)
    if (placed.length === 0) return undefined
    return () => {
      const traceIds = placed.map(({ traceId }) => traceId)
      tellRound({ hop: 'order rows', traceIds, startMs, endMs: wallMs() })
      onPlaced(placed)
    }
  }
}
