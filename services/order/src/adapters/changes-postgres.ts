import type { Cause } from '@stampede/contracts/orders'
import type { Tx } from '@stampede/kit/postgres'
import { CHANGES, type ChangeName } from '../domain/order.ts'
import { type OrderRow, tellEnded } from './news-outbox.ts'

/** The columns of a changed order, as `OrderRow` has them, from a table named `changed` and its `step`. */
export const CHANGED_COLUMNS = `order_id as "orderId", sale_id as "saleId", user_id as "userId",
      trace_id as "traceId", quantity, unit_price_cents as "unitPriceCents", currency, version, at`

/**
 * The rows `chosen` (user_id, order_id) change by compare-and-set and leave a step; whoever lost a race to
 * another change finds no row. `sets` goes into the update.
 */
export function changeSql(change: ChangeName, chosen: string, sets = ''): string {
  const { from, to } = CHANGES[change]
  return `${chosen},
    changed as (
      update orders set state = '${to}', version = version + 1, paying = null, paying_until = null${sets}
      from chosen
      where orders.user_id = chosen.user_id and orders.order_id = chosen.order_id and orders.state = '${from}'
      returning orders.*
    ),
    step as (
      insert into order_step (order_id, version, state, cause)
      select order_id, version, '${to}', $1 from changed
      returning order_id, at
    )`
}

const END_SQL = `select ${CHANGED_COLUMNS} from changed join step using (order_id)`
const ONE = 'with chosen as (select $2::uuid as user_id, $3::uuid as order_id)'
const CANCEL_SQL = `${changeSql('cancel', ONE)}
  ${END_SQL}`
// Any number of sweepers may run: each takes overdue orders that no other holds, by the clock of the database
// and no other. A payment under way holds an order up.
const EXPIRE_SQL = `${changeSql(
  'expire',
  `with chosen as (
    select user_id, order_id from orders
    where state = 'pending' and greatest(expires_at, paying_until) <= now()
    order by greatest(expires_at, paying_until) limit $2 for no key update skip locked
  )`,
)}
  ${END_SQL}`

/** Cancels a buyer's order if it is pending. */
export async function cancelRow(tx: Tx, userId: string, orderId: string): Promise<void> {
  const cause: Cause = 'buyer'
  const { rows } = await tx.query<OrderRow>({
    name: 'cancel-order',
    text: CANCEL_SQL,
    values: [cause, userId, orderId],
  })
  tellEnded(tx, 'cancelled', rows)
}

/** Expires overdue orders, at most `rowsMax`, the longest overdue first; returns how many. */
export async function expireRows(tx: Tx, rowsMax: number): Promise<number> {
  const cause: Cause = 'payment-window'
  const { rows } = await tx.query<OrderRow>({
    name: 'expire-orders',
    text: EXPIRE_SQL,
    values: [cause, rowsMax],
  })
  tellEnded(tx, 'expired', rows)
  return rows.length
}
