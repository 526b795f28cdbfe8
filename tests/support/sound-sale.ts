import { newId } from '@stampede/contracts/ids'
import type { Client } from 'pg'

/** A sale of ten units, and its orders: A paid for two, B is pending with one, C gave one back. */
export type SoundSale = Awaited<ReturnType<typeof writeSoundSale>>

/** Writes a sale as it stands when all services are at rest, in all their schemas. */
export async function writeSoundSale(client: Client) {
  const ids = { sale: newId(), a: newId(), b: newId(), c: newId(), pa: newId(), pc: newId(), rc: newId() }
  const users = { a: newId(), b: newId(), c: newId() }
  await writeStock(client, ids, users)
  await writeOrders(client, ids, users)
  await writeMoney(client, ids, users)
  await writeEvents(client, ids)
  return { ...ids, users }
}

type Ids = Readonly<Record<'sale' | 'a' | 'b' | 'c' | 'pa' | 'pc' | 'rc', string>>
type Users = Readonly<Record<'a' | 'b' | 'c', string>>

async function writeStock(client: Client, { sale, a, b, c }: Ids, users: Users): Promise<void> {
  await client.query(
    `INSERT INTO inventory.sale (sale_id, title, sku, units, available, reserved, sold, price_cents, currency,
      starts_at, ends_at, limit_per_user, payment_window_seconds, stage, variant)
    VALUES ($1, 'A lamp', 'L', 10, 7, 1, 2, 100, 'EUR', now(), now() + interval '1 h', 2, 900, 'hybrid',
      'guarded')`,
    [sale],
  )
  const rows = [
    [a, users.a, 2, 'sold'],
    [b, users.b, 1, 'held'],
    [c, users.c, 1, 'released'],
  ] as const
  for (const [claimId, userId, quantity, state] of rows) {
    await client.query(
      `INSERT INTO inventory.reservation (claim_id, sale_id, user_id, trace_id, stamp, key_print, quantity,
        state, reserved_at, expires_at)
      VALUES ($1, $2, $3, $1, 1, 1, $4, $5, now(), now() + interval '15 minutes')`,
      [claimId, sale, userId, quantity, state],
    )
    const used = state === 'released' ? 0 : quantity
    await client.query('INSERT INTO inventory.buyer_use VALUES ($1, $2, $3, 2)', [sale, userId, used])
  }
}

async function writeOrders(client: Client, ids: Ids, users: Users): Promise<void> {
  const rows = [
    [users.a, ids.a, 2, 2],
    [users.b, ids.b, 1, 0],
    [users.c, ids.c, 1, 4],
  ] as const
  for (const [userId, orderId, quantity, version] of rows) {
    await client.query(
      `INSERT INTO orders.orders (user_id, order_id, sale_id, trace_id, placed_at, expires_at, quantity,
        unit_price_cents, version, currency)
      VALUES ($1, $2, $3, $2, now(), now() + interval '15 minutes', $4, 100, $5, 'EUR')`,
      [userId, orderId, ids.sale, quantity, version],
    )
  }
  const steps = ['pending payment-requested', 'paid payment-settled']
  const back = ['refunded refund-requested', 'refunded refund-settled']
  for (const [orderId, history] of [
    [ids.a, steps],
    [ids.c, [...steps, ...back]],
  ] as const) {
    for (const [i, step] of history.entries()) {
      const sql = 'INSERT INTO orders.order_step (order_id, version, state, cause) VALUES ($1, $2, $3, $4)'
      await client.query(sql, [orderId, i + 1, ...step.split(' ')])
    }
  }
}

async function writeMoney(client: Client, ids: Ids, users: Users): Promise<void> {
  const rows = [
    [ids.pa, ids.a, users.a, 200, 'settled', 'paid'],
    [ids.pc, ids.c, users.c, 100, 'refunded', 'refunded'],
  ] as const
  for (const [paymentId, orderId, userId, cents, state, orderState] of rows) {
    await client.query(
      `INSERT INTO orders.payment (payment_id, order_id, user_id, outcome, delay_ms, state, refunded_at)
      VALUES ($1, $2, $3, 'succeed', 0, $4::text, CASE $4 WHEN 'refunded' THEN now() END)`,
      [paymentId, orderId, userId, state],
    )
    await client.query(
      'UPDATE orders.orders SET state = $2, paid_by = $3, refund_until = now() WHERE order_id = $1',
      [orderId, orderState, paymentId],
    )
    await client.query(
      `INSERT INTO payments.payment (payment_id, order_id, user_id, amount_cents, currency, outcome,
        hold_until, delay_ms, state, ended_at)
      VALUES ($1, $2, $3, $4, 'EUR', 'succeed', now(), 0, 'settled', now())`,
      [paymentId, orderId, userId, cents],
    )
  }
  await client.query(
    `INSERT INTO payments.refund (refund_id, payment_id, order_id, user_id, amount_cents, currency, cause,
      state, settled_at)
    VALUES ($1, $2, $3, $4, 100, 'EUR', 'buyer', 'settled', now())`,
    [ids.rc, ids.pc, ids.c, users.c],
  )
}

async function writeEvents(client: Client, ids: Ids): Promise<void> {
  const { sale: saleId, a, b, c, pa, pc, rc } = ids
  const reservations = [a, b, c].map((claimId) => ({ claimId, saleId }))
  await tell(client, 'inventory', 'stock.reserved', { id: `${a}.reserved`, data: { reservations } })
  for (const orderId of [a, b, c]) {
    await tell(client, 'orders', 'order.placed', { id: `${orderId}.placed`, data: { orderId, saleId } })
  }
  for (const [orderId, paymentId] of [
    [a, pa],
    [c, pc],
  ] as const) {
    const data = { orderId, paymentId }
    await tell(client, 'orders', 'payment.requested', { id: `${paymentId}.requested`, data })
    await tell(client, 'payments', 'payment.settled', { id: `${paymentId}.settled`, data })
  }
  await tell(client, 'orders', 'refund.requested', { id: `${rc}.requested`, data: { orderId: c } })
  await tell(client, 'payments', 'refund.settled', { id: `${rc}.settled`, data: { orderId: c } })
  for (const [orderId, how] of [
    [a, 'paid.2'],
    [c, 'paid.2'],
    [c, 'refunded.3'],
  ] as const) {
    const id = `${orderId}.${how}`
    await tell(client, 'orders', `order.${how.split('.')[0]}`, { id, data: { orderId, saleId } })
    await client.query(`INSERT INTO inventory.inbox VALUES ('inventory', $1)`, [id])
    await client.query(`INSERT INTO functions.inbox VALUES ('functions', $1)`, [id])
  }
}

async function tell(
  client: Client,
  schema: string,
  ...[topic, event]: [topic: string, event: { id: string; data: object }]
): Promise<void> {
  const sql = `INSERT INTO ${schema}.outbox (topic, events, count, sent_at) VALUES ($1, $2, 1, now())`
  await client.query(sql, [topic, `key\t${JSON.stringify(event)}`])
}
