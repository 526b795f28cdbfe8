import type { BookPromise } from './promises.ts'

/** Between what was committed, what was told and what came of it. */
export const EVENT_PROMISES: readonly BookPromise[] = [
  {
    title: 'every change of a reservation or an order is in the outbox, once',
    sql: `
WITH due AS (
  SELECT 'stock.reserved' AS topic, claim_id AS subject FROM our_claim
  UNION ALL SELECT 'order.placed', order_id FROM our_order
  UNION ALL SELECT 'order.' || state, order_id FROM our_order WHERE state IN ('cancelled', 'expired')
), counted AS (SELECT topic, order_id AS subject, count(*) AS times FROM told GROUP BY 1, 2)
SELECT coalesce(d.subject::text, c.subject) AS id,
       format('%s told %s times', coalesce(d.topic, c.topic), coalesce(c.times, 0)) AS why
FROM due d FULL JOIN counted c ON c.topic = d.topic AND c.subject = d.subject::text
WHERE d.subject IS NULL OR c.times IS DISTINCT FROM 1`,
  },
  {
    title: 'every row of the outbox is sent',
    sql: `
SELECT 'inventory ' || id AS id, format('%s, %s events', topic, count) AS why
FROM inventory.outbox, began WHERE sent_at IS NULL AND created_at >= began.at
UNION ALL
SELECT 'orders ' || id, format('%s, %s events', topic, count)
FROM orders.outbox, began WHERE sent_at IS NULL AND created_at >= began.at`,
  },
  {
    title: 'Kafka holds exactly the events of the outbox, each keyed by its subject',
    sql: `
SELECT coalesce(t.id, e.id) AS id,
       CASE WHEN e.id IS NULL THEN 'not in Kafka' WHEN t.id IS NULL THEN 'only in Kafka'
            ELSE 'key ' || e.key END AS why
FROM (SELECT DISTINCT topic, id FROM told) t
FULL JOIN (SELECT DISTINCT topic, id, subject, key FROM seen_event) e
  ON e.topic = t.topic AND e.id = t.id
WHERE t.id IS NULL OR e.id IS NULL OR e.key <> e.subject`,
  },
  {
    title: 'every event was consumed and none was put aside',
    sql: `
SELECT e.id, 'not in the inbox of inventory' AS why FROM (SELECT DISTINCT id, topic FROM seen_event) e
LEFT JOIN inventory.inbox i ON i.event_id = e.id
WHERE e.topic IN ('order.cancelled', 'order.expired') AND i.event_id IS NULL
UNION ALL
SELECT e.id, 'no order came of it' FROM (SELECT DISTINCT id, order_id, topic FROM seen_event) e
LEFT JOIN our_order o USING (order_id)
WHERE e.topic = 'stock.reserved' AND o.order_id IS NULL
UNION ALL
SELECT key, 'dead letter of inventory: ' || error FROM inventory.dead_letter d, began WHERE d.at >= began.at
UNION ALL
SELECT key, 'dead letter of orders: ' || error FROM orders.dead_letter d, began WHERE d.at >= began.at`,
  },
]

/** Between the ledger and the gate's view of it in Redis, when nothing moves. */
export const GATE_PROMISES: readonly BookPromise[] = [
  {
    title: "the gate's view in Redis is that of the ledger",
    sql: `
SELECT s.sale_id::text AS id, format('%s left in the gate, %s in the ledger', g.value, s.available) AS why
FROM inventory.sale s JOIN asked_sale USING (sale_id)
LEFT JOIN gate_row g ON g.sale_id = s.sale_id AND g.what = 'left'
WHERE g.value IS DISTINCT FROM s.available
UNION ALL
SELECT coalesce(u.user_id::text, g.id), format('buyer: %s in the gate, %s in the ledger', g.value, u.used)
FROM (SELECT user_id, sale_id, used FROM inventory.buyer_use JOIN asked_sale USING (sale_id)) u
FULL JOIN (SELECT * FROM gate_row WHERE what = 'user') g ON g.sale_id = u.sale_id AND g.id = u.user_id::text
WHERE coalesce(g.value, 0) <> coalesce(u.used, 0)
UNION ALL
SELECT coalesce(r.claim_id::text, g.id),
       format('claim: %s in the gate, %s in the ledger', g.value, r.quantity)
FROM (SELECT claim_id, sale_id, quantity FROM inventory.reservation JOIN asked_sale USING (sale_id)
      WHERE state IN ('held', 'sold')) r
FULL JOIN (SELECT * FROM gate_row WHERE what = 'claim') g ON g.sale_id = r.sale_id AND g.id = r.claim_id::text
WHERE coalesce(g.value, 0) <> coalesce(r.quantity, 0)
UNION ALL SELECT id, 'claim never settled' FROM gate_row WHERE what = 'pending'`,
  },
]
