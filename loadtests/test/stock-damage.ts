import { newId } from '@stampede/contracts/ids'
import { ANN } from './small-lives.ts'

/** What is done to the tables, and the title of the promise that must find it. */
export type Damage = readonly (readonly [what: string, sql: string, title: RegExp])[]

const STRANGER = newId()
const isAnns = `WHERE order_id = '${ANN.orderId}'`
const isAnnsClaim = `WHERE claim_id = '${ANN.orderId}'`

/** Of sales, reservations, orders and events. */
export const STOCK_DAMAGE: Damage = [
  ['a unit too many', `UPDATE inventory.sale SET available = 9`, /^initial = /],
  ['other units than were given', `UPDATE inventory.sale SET units = 11, available = 8`, /^initial = /],
  ['a sale that is gone', `DELETE FROM inventory.sale`, /^initial = /],
  ['a counter behind', `UPDATE inventory.sale SET reserved = 1, available = 8`, /sums of its reservations/],
  ['a lost reservation', `DELETE FROM inventory.reservation ${isAnnsClaim}`, /sums of its reservations/],
  ['a buyer with too much', `UPDATE inventory.reservation SET quantity = 3 ${isAnnsClaim}`, /than the limit/],
  ['a buyer counted wrongly', 'UPDATE inventory.buyer_use SET used = 1 WHERE used = 2', /than the limit/],
  ['a lost order', `DELETE FROM orders.orders ${isAnns}`, /^every 201/],
  ['another price', 'UPDATE orders.orders SET unit_price_cents = 1', /^every 201/],
  ['another owner', `UPDATE orders.orders SET user_id = '${STRANGER}' ${isAnns}`, /^every 201/],
  ['an order twice', copyOrder('order_id'), /^one key/],
  ['an order nobody asked for', copyOrder(`'${newId()}'`), /nobody asked for/],
  ['units of a living order returned', 'UPDATE inventory.reservation SET state = $$released$$', /one to one/],
  ['units of an ended order kept', 'UPDATE inventory.reservation SET state = $$held$$', /one to one/],
  ['an order without its reservation', `DELETE FROM inventory.reservation ${isAnnsClaim}`, /one to one/],
  ['a change untold', `DELETE FROM orders.outbox WHERE topic = 'order.cancelled'`, /is in an outbox/],
  [
    'a change told twice',
    'INSERT INTO orders.outbox (topic, events, count) SELECT topic, events, 1 FROM orders.outbox',
    /is in an outbox/,
  ],
  [
    'an end of a payment untold',
    `DELETE FROM payments.outbox WHERE topic = 'payment.failed'`,
    /in an outbox/,
  ],
  ['an event that waits', 'UPDATE orders.outbox SET sent_at = NULL', /outboxes is sent/],
  ['an event of money that waits', 'UPDATE payments.outbox SET sent_at = NULL', /outboxes is sent/],
  ['an event without effect', 'DELETE FROM inventory.inbox', /was consumed/],
  ['an event no function heard', 'DELETE FROM functions.inbox', /was consumed/],
  ['a reservation without its order', `DELETE FROM orders.orders ${isAnns}`, /was consumed/],
  ...['inventory', 'orders', 'payments', 'functions'].map(
    (schema) => [`an event put aside by ${schema}`, bury(schema), /was consumed/] as const,
  ),
  ['a gate with another stock', 'UPDATE inventory.sale SET available = 6, units = 9', /that of the ledger/],
  ['a gate that missed a buyer', 'UPDATE inventory.buyer_use SET used = 1', /that of the ledger/],
]

/** A stranger owns a copy of Ann's order. */
function copyOrder(orderId: string): string {
  return `INSERT INTO orders.orders
    SELECT '${STRANGER}', ${orderId}, sale_id, trace_id, placed_at, expires_at,
    quantity, unit_price_cents, version, currency, state FROM orders.orders ${isAnns}`
}

function bury(schema: string): string {
  return `INSERT INTO ${schema}.dead_letter (consumer, topic, partition, kafka_offset, sent_at, key, error)
    VALUES ('c', 'stock.reserved', 0, 1, now(), 'k', 'why')`
}
