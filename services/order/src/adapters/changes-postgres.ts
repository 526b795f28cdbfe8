import type { Cause } from '@stampede/contracts/orders'
import type { Tx } from '@stampede/kit/postgres'
import { type Change, COMES_FROM } from '../domain/order.ts'
import { type EndedOrder, tellEnded } from './news-outbox.ts'

/**
 * The rows `chosen` change by compare-and-set and leave a
 * step; whoever lost a race to another change finds no row.
 */
function changeSql(to: Change, chosen: string): string {
  const states = COMES_FROM[to].map((state) => `'${state}'`).join(', ')
  return `${chosen},
    ended as (
      update orders set state = '${to}', version = version + 1
      from chosen
      where orders.user_id = chosen.user_id and orders.order_id = chosen.order_id
        and orders.state in (${states})
      returning orders.user_id, orders.order_id, sale_id, trace_id, quantity, version
    ),
    step as (
      insert into order_step (order_id, version, state, cause)
      select order_id, version, '${to}', $1 from ended
      returning order_id, at
    )
    select order_id as "orderId", sale_id as "saleId", user_id as "userId", trace_id as "traceId",
      quantity, version, at
    from ended join step using (order_id)`
}

const CANCEL_SQL = changeSql('cancelled', 'with chosen as (select $2::uuid as user_id, $3::uuid as order_id)')

// Any number of sweepers may run: each takes overdue orders that no other holds, by the clock of the database
// and no other.
const EXPIRE_SQL = changeSql(
  'expired',
  `with chosen as (
    select user_id, order_id from orders where state = 'pending' and expires_at <= now()
    order by expires_at limit $2 for no key update skip locked
  )`,
)

/** Cancels a buyer's order if it is pending. */
export async function cancelRow(tx: Tx, userId: string, orderId: string): Promise<void> {
  const cause: Cause = 'buyer'
  const { rows } = await tx.query<EndedOrder>({
    name: 'cancel-order',
    text: CANCEL_SQL,
    values: [cause, userId, orderId],
  })
  tellEnded(tx, 'cancelled', rows)
}

/** Expires overdue orders, at most `rowsMax`, the longest overdue first; returns how many. */
export async function expireRows(tx: Tx, rowsMax: number): Promise<number> {
  const cause: Cause = 'payment-window'
  const { rows } = await tx.query<EndedOrder>({
    name: 'expire-orders',
    text: EXPIRE_SQL,
    values: [cause, rowsMax],
  })
  tellEnded(tx, 'expired', rows)
  return rows.length
}
