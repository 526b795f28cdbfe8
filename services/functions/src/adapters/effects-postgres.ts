import type { FunctionEvent, FunctionName, FunctionResults } from '@stampede/contracts/functions'
import type { Tx } from '@stampede/kit/postgres'

// What the results of functions bring about. The keys carry the "once"; a statement that finds its effect
// there changes nothing.

// The order's version decides, not the order of arrival: a refund that is heard before its payment stays.
const COUPON_SQL = `insert into coupon (order_id, user_id, code, percent, state, version)
  values ($1, $2, $3, $4, $5, $6) on conflict (order_id) do update
  set state = excluded.state, version = excluded.version where coupon.version < excluded.version`
/** One at a time for each order: what is given and what is taken back must see each other. */
const LOCK_POINTS_SQL = `select pg_advisory_xact_lock(hashtextextended('points ' || $1, 0))`
const POINTS_SQL = `insert into points (event_id, user_id, order_id, kind, points)
  values ($1, $2, $3, $4, $5) on conflict do nothing`
/** A refund takes back what was given, be it before or after, and whatever its own price would make. */
const REVERSE_SQL = `update points set points = -earned.points from points as earned
  where points.order_id = $1 and points.kind = 'reversed'
  and earned.order_id = $1 and earned.kind = 'earned' and points.points <> -earned.points`
/** The result is what became of the call, for the notification: what went back at once was not earned. */
const TELL_POINTS_SQL = `update call set result = jsonb_build_object('points', (
    select sum(points) from points where order_id = $2 and ($3 = 'earned' or kind = $3)))
  where function = 'points' and event_id = $1`
const MESSAGE_SQL = `insert into message (event_id, user_id, order_id, topic, text)
  values ($1, $2, $3, $4, $5) on conflict do nothing`

type Bring<R> = (tx: Tx, event: FunctionEvent, result: R) => void

const EFFECTS: { readonly [N in FunctionName]: Bring<FunctionResults[N]> } = {
  coupon(tx, { data: { orderId, userId, version } }, { code, percent, state }) {
    tx.send(COUPON_SQL, [orderId, userId, code, percent, state, version])
  },
  points(tx, { id, type, data: { orderId, userId } }, { points }) {
    const kind = type === 'order.paid' ? 'earned' : 'reversed'
    tx.send(LOCK_POINTS_SQL, [orderId])
    tx.send(POINTS_SQL, [id, userId, orderId, kind, kind === 'earned' ? points : 0])
    tx.send(REVERSE_SQL, [orderId])
    tx.send(TELL_POINTS_SQL, [id, orderId, kind])
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
