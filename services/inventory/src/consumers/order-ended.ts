import type { AfterCommit } from '@stampede/kit/events/deliver'
import type { EventOf } from '@stampede/kit/events/envelope'
import type { Tx } from '@stampede/kit/postgres'
import type { Stage } from '../stages/stage.ts'

/**
 * An order that was cancelled or has expired gives its units
 * back: to the ledger now, to the gate after the commit.
 */
export function releaseEnded(
  stage: Stage,
  tx: Tx,
  events: readonly EventOf<'order.cancelled' | 'order.expired'>[],
): Promise<AfterCommit> {
  return stage.release(
    tx,
    events.map((event) => event.data),
  )
}
