import assert from 'node:assert/strict'
import { until } from '@stampede/kit/testing/until'
import { type House, query } from './house.ts'

const REST_MS = 60_000

const MOVING = `
SELECT 1 FROM orders.orders WHERE sale_id = $1 AND state = 'pending'
UNION ALL
SELECT 1 FROM orders.payment JOIN orders.orders o USING (order_id)
WHERE o.sale_id = $1 AND payment.state IN ('requested', 'late', 'refunding')
UNION ALL
SELECT 1 FROM payments.refund r JOIN orders.orders o USING (order_id)
WHERE o.sale_id = $1 AND r.state <> 'settled'
UNION ALL
SELECT 1 FROM orders.orders o JOIN inventory.reservation r ON r.claim_id = o.order_id
WHERE o.sale_id = $1 AND (r.state = 'held' OR (r.state = 'sold') <> (o.state = 'paid'))
LIMIT 1`

/** What the provider keeps must be the price of what is paid, and nothing else. */
const ASTRAY = `
SELECT o.order_id, o.state, o.quantity * o.unit_price_cents AS price, coalesce(c.kept, 0)::int AS kept
FROM orders.orders o LEFT JOIN (
  SELECT p.order_id, sum(c.taken_cents - c.refunded_cents) AS kept
  FROM payments.payment p JOIN provider.charge c ON c.reference = p.payment_id GROUP BY p.order_id
) c USING (order_id)
WHERE o.sale_id = $1 AND coalesce(c.kept, 0) <>
  CASE o.state WHEN 'paid' THEN o.quantity * o.unit_price_cents ELSE 0 END
LIMIT 5`

/** Money that came after the end must have ended one of two ways. */
const LATE = `
SELECT p.payment_id, p.state, o.state AS of_order
FROM orders.payment p JOIN orders.orders o USING (order_id)
JOIN payments.payment m ON m.payment_id = p.payment_id
WHERE o.sale_id = $1 AND m.state = 'settled'
  AND p.state <> CASE o.state WHEN 'paid' THEN 'settled' ELSE 'refunded' END
  AND NOT (o.state = 'paid' AND o.paid_by <> p.payment_id AND p.state = 'refunded')
LIMIT 5`

const CREDITS = `
SELECT r.payment_id FROM provider.credit c
JOIN payments.refund r ON r.refund_id = c.reference JOIN orders.orders o USING (order_id)
WHERE o.sale_id = $1 GROUP BY r.payment_id HAVING count(*) > 1 LIMIT 5`

const GAPS = `
SELECT o.order_id FROM orders.orders o
LEFT JOIN LATERAL (
  SELECT count(*) AS n, max(version) AS last FROM orders.order_step s WHERE s.order_id = o.order_id
) s ON true
WHERE o.sale_id = $1 AND (s.n <> o.version OR s.last IS DISTINCT FROM nullif(o.version, 0)) LIMIT 5`

/** Waits until every order of a sale has ended and no money is on its way. */
export async function untilMoneyRests(house: House, saleId: string): Promise<void> {
  await until(
    'money and stock at rest',
    async () => (await query(house, MOVING, [saleId])).length === 0,
    REST_MS,
  )
}

/** Compares orders, payments, the provider's memory and stock of a sale at rest. */
export async function assertMoney(house: House, saleId: string): Promise<void> {
  assert.deepEqual(await query(house, ASTRAY, [saleId]), [], 'the provider keeps what is paid, to the cent')
  assert.deepEqual(await query(house, LATE, [saleId]), [], 'late money pays or has gone back')
  assert.deepEqual(await query(house, CREDITS, [saleId]), [], 'nothing goes back twice')
  assert.deepEqual(await query(house, GAPS, [saleId]), [], 'a history has no gap')
  const { consistent, reserved, oversold, sold } = await house.audit(saleId)
  assert.deepEqual({ consistent, reserved, oversold }, { consistent: true, reserved: 0, oversold: 0 })
  const [paid] = await query<{ units: number }>(
    house,
    `SELECT coalesce(sum(quantity), 0)::int AS units FROM orders.orders
     WHERE sale_id = $1 AND state = 'paid'`,
    [saleId],
  )
  assert.equal(sold, paid?.units, 'what is sold is what is paid')
}
