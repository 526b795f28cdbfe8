import type { AfterCommit } from '@stampede/kit/events/deliver'
import type { EventOf } from '@stampede/kit/events/envelope'
import type { Tx } from '@stampede/kit/postgres'
import type { Stage } from '../stages/stage.ts'

/**
 * An order that was cancelled or has expired gives its units back to the stage of its sale.
 */
export function releaseEnded(
  stages: Pick<Stage, 'release'>,
  tx: Tx,
  events: readonly EventOf<'order.cancelled' | 'order.expired'>[],
): Promise<AfterCommit> {
  return stages.release(
    tx,
    events.map((event) => event.data),
  )
}
