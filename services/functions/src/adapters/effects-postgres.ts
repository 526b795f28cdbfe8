import type { FunctionEvent, FunctionName, FunctionResults } from '@stampede/contracts/functions'
import type { Tx } from '@stampede/kit/postgres'

// What the results of functions bring about. The keys carry the "once"; a statement that finds its effect
// there changes nothing.

// The order's version decides, not the order of arrival: a refund that is heard before its payment stays.
const COUPON_SQL = `insert into coupon (order_id, user_id, code, percent, state, version)
  values ($1, $2, $3, $4, $5, $6) on conflict (order_id) do update
  set state = excluded.state, version = excluded.version where coupon.version < excluded.version`
const POINTS_SQL = `insert into points (event_id, user_id, order_id, kind, points)
  values ($1, $2, $3, $4, $5) on conflict do nothing`
const MESSAGE_SQL = `insert into message (event_id, user_id, order_id, topic, text)
  values ($1, $2, $3, $4, $5) on conflict do nothing`

type Bring<R> = (tx: Tx, event: FunctionEvent, result: R) => void

const EFFECTS: { readonly [N in FunctionName]: Bring<FunctionResults[N]> } = {
  coupon(tx, { data: { orderId, userId, version } }, { code, percent, state }) {
    tx.send(COUPON_SQL, [orderId, userId, code, percent, state, version])
  },
  points(tx, { id, type, data: { orderId, userId } }, { points }) {
    tx.send(POINTS_SQL, [id, userId, orderId, type === 'order.paid' ? 'earned' : 'reversed', points])
  },
  notification(tx, { id, type, data: { orderId, userId } }, { text }) {
    tx.send(MESSAGE_SQL, [id, userId, orderId, type, text])
  },
}

/** Writes the effect of a checked result, in the transaction that ends its call. */
export function bringAbout<N extends FunctionName>(tx: Tx, event: FunctionEvent, made: Made<N>): void {
  EFFECTS[made.name](tx, event, made.result)
}

/** A result that has the shape its function owes. */
export interface Made<N extends FunctionName = FunctionName> {
  readonly name: N
  readonly result: FunctionResults[N]
}
