import type { Client } from 'pg'
import { type Life, type Paid, PLACED, PRICE, type Wish } from './small-lives.ts'
import { ENDINGS, NEWS } from './small-news.ts'

/** What orders, the payment service, the provider and functions hold of the money of an order. */
export async function writeMoney(client: Client, life: Life): Promise<void> {
  for (const payment of life.payments) await pay(client, life.wish, payment)
  await earn(client, life)
  await callFunctions(client, life.wish)
}

async function pay(client: Client, wish: Wish, payment: Paid): Promise<void> {
  const { orderId, userId, quantity } = wish
  const { paymentId, outcome, state, refund } = payment
  const cents = quantity * PRICE
  const failed = state === 'failed'
  await client.query(
    `INSERT INTO orders.payment (payment_id, order_id, user_id, outcome, delay_ms, state, fail_reason,
       refund_cause, refunded_at) VALUES ($1, $2, $3, $4, 0, $5, $6, $7, $8)`,
    [
      ...[paymentId, orderId, userId, outcome, state],
      ...[failed ? 'declined' : null, refund?.cause, refund ? PLACED : null],
    ],
  )
  await client.query(
    `INSERT INTO payments.payment (payment_id, order_id, user_id, amount_cents, currency, outcome, delay_ms,
       hold_until, state, reason, ended_at) VALUES ($1, $2, $3, $4, 'EUR', $5, 0, $6, $7, $8, now())`,
    [
      ...[paymentId, orderId, userId, cents, outcome, PLACED],
      ...[failed ? 'failed' : 'settled', failed ? 'declined' : null],
    ],
  )
  await client.query(
    `INSERT INTO provider.charge (reference, charge_id, asked_cents, currency, outcome, due_at, state,
       taken_cents, refunded_cents) VALUES ($1, gen_random_uuid(), $2, 'EUR', $3, now(), $4, $5, $6)`,
    [paymentId, cents, outcome, failed ? 'failed' : 'succeeded', failed ? 0 : cents, refund ? cents : 0],
  )
  if (!refund) return
  await client.query(
    `INSERT INTO payments.refund (refund_id, payment_id, order_id, user_id, amount_cents, currency, cause,
       state, settled_at) VALUES ($1, $2, $3, $4, $5, 'EUR', $6, 'settled', now())`,
    [refund.refundId, paymentId, orderId, userId, cents, refund.cause],
  )
  await client.query(
    `INSERT INTO provider.credit (reference, charge_reference, amount_cents) VALUES ($1, $2, $3)`,
    [refund.refundId, paymentId, cents],
  )
}

async function earn(client: Client, { wish, state, steps }: Life): Promise<void> {
  if (state !== 'paid' && state !== 'refunded') return
  const { orderId, userId, quantity } = wish
  const points = Math.floor((quantity * PRICE) / 100)
  const version = steps.findLastIndex(([, cause]) => cause !== 'refund-settled') + 1
  await client.query(`INSERT INTO functions.coupon VALUES ($1, $2, 'THANKS', 5, $3, $4)`, [
    ...[orderId, userId, state === 'paid' ? 'granted' : 'revoked', version],
  ])
  const insert = 'INSERT INTO functions.points VALUES ($1, $2, $3, $4, $5)'
  await client.query(insert, [`${orderId}.earned`, userId, orderId, 'earned', points])
  if (state === 'refunded') {
    await client.query(insert, [`${orderId}.reversed`, userId, orderId, 'reversed', -points])
  }
}

async function callFunctions(client: Client, { orderId, userId }: Wish): Promise<void> {
  for (const { topic, id } of NEWS.filter((each) => each.orderId === orderId)) {
    if (!ENDINGS.includes(topic)) continue
    const isMoney = topic === 'order.paid' || topic === 'order.refunded'
    for (const name of isMoney ? ['coupon', 'points', 'notification'] : ['notification']) {
      await client.query(
        `INSERT INTO functions.call (function, event_id, event, state, result)
         VALUES ($1, $2, '', 'done', '{}')`,
        [name, id],
      )
    }
    await client.query(
      `INSERT INTO functions.message (event_id, user_id, order_id, topic, text)
       VALUES ($1, $2, $3, $4, 'News') ON CONFLICT DO NOTHING`,
      [id, userId, orderId, topic],
    )
  }
}
