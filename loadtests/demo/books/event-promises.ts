import type { BookPromise } from './promises.ts'

const ENDS = `('order.cancelled', 'order.expired', 'order.paid', 'order.refunded')`

const TOLD_AND_DUE = `
WITH due AS (
  SELECT 'stock.reserved' AS topic, claim_id::text AS id FROM our_claim
  UNION ALL SELECT 'order.placed', order_id || '.placed' FROM our_order
  UNION ALL SELECT 'order.' || state, concat_ws('.', order_id, state, version) FROM our_step
    WHERE (state, cause) IN (VALUES ('cancelled', 'buyer'), ('expired', 'payment-window'),
      ('expired', 'payment-returned'), ('paid', 'payment-settled'), ('paid', 'revived'),
      ('refunded', 'refund-requested'))
  UNION ALL SELECT 'payment.requested', payment_id || '.requested' FROM our_payment
  UNION ALL SELECT 'payment.' || state, concat_ws('.', payment_id, state) FROM till_payment
    WHERE state IN ('settled', 'failed')
  -- One that was said to have failed may have settled since.
  UNION SELECT topic, id FROM told WHERE topic = 'payment.failed' AND id IN (
    SELECT payment_id || '.failed' FROM till_payment WHERE state = 'settled')
  UNION ALL SELECT 'refund.requested', refund_id || '.requested' FROM till_refund
    WHERE cause <> 'wrong-amount'
  UNION ALL SELECT 'refund.settled', refund_id || '.settled' FROM till_refund WHERE state = 'settled'
), counted AS (
  SELECT topic, CASE topic WHEN 'stock.reserved' THEN order_id ELSE id END AS id, count(*) AS times
  FROM told GROUP BY 1, 2
)
SELECT id, format('%s told %s times, due %s', topic, coalesce(c.times, 0), count(d.*)) AS why
FROM due d FULL JOIN counted c USING (topic, id)
GROUP BY topic, id, c.times`

const WITHOUT_EFFECT = `
SELECT id, 'not in the inbox of inventory' AS why FROM event LEFT JOIN inventory.inbox i ON i.event_id = id
WHERE topic IN ${ENDS} AND i.event_id IS NULL
UNION ALL
SELECT id, 'not in the inbox of functions' FROM event LEFT JOIN functions.inbox i ON i.event_id = id
WHERE topic IN ${ENDS} AND i.event_id IS NULL
UNION ALL
SELECT id, 'no order came of it' FROM event LEFT JOIN our_order o USING (order_id)
WHERE topic = 'stock.reserved' AND o.order_id IS NULL
UNION ALL
SELECT id, 'no payment came of it' FROM event LEFT JOIN till_payment p ON p.payment_id::text = thing
WHERE topic = 'payment.requested' AND p.payment_id IS NULL
UNION ALL
SELECT id, 'no refund came of it' FROM event LEFT JOIN till_refund r ON r.refund_id::text = thing
WHERE topic = 'refund.requested' AND r.refund_id IS NULL
UNION ALL
SELECT id, 'the payment of its order is ' || coalesce(p.state, 'not there')
FROM event LEFT JOIN till_refund r ON r.refund_id::text = thing
LEFT JOIN our_payment p ON p.payment_id::text = coalesce(r.payment_id::text, thing)
WHERE CASE topic WHEN 'payment.settled' THEN coalesce(p.state, '') NOT IN ('settled', 'refunded')
  WHEN 'payment.failed' THEN coalesce(p.state, '') NOT IN ('failed', 'settled', 'refunded')
  WHEN 'refund.settled' THEN coalesce(p.state, '') <> 'refunded' ELSE false END`

const PUT_ASIDE = `
SELECT coalesce(d.key, 'without key') AS id, format('dead letter of %s: %s', service, error)
FROM dead_letter d, began
WHERE d.at >= began.at`

export const ALL_TOLD: BookPromise = {
  title: 'every change of a reservation, an order or money is in an outbox, once',
  sql: `${TOLD_AND_DUE} HAVING coalesce(c.times, 0) <> 1 OR count(d.*) <> 1`,
  underFaults: {
    title: 'every change is in an outbox: once, but about money as often as it was asked for again',
    sql: `${TOLD_AND_DUE} HAVING coalesce(c.times, 0) = 0 OR count(d.*) <> 1
  OR (c.times > 1 AND topic NOT LIKE 'payment.%' AND topic NOT LIKE 'refund.%')`,
  },
}

export const ALL_HEARD: BookPromise = {
  title: 'every event was consumed and none was put aside',
  sql: `
WITH event AS (SELECT DISTINCT topic, id, order_id, split_part(id, '.', 1) AS thing FROM seen_event)
${WITHOUT_EFFECT}
UNION ALL
${PUT_ASIDE}`,
  underFaults: {
    title: 'every event of the outboxes was consumed, and put aside only what was made unreadable',
    sql: `
WITH event AS (
  SELECT DISTINCT topic, id, order_id::uuid AS order_id, split_part(id, '.', 1) AS thing FROM told)
${WITHOUT_EFFECT}
UNION ALL
${PUT_ASIDE} AND (current_setting('books.poison') = ''
  OR position(current_setting('books.poison') IN concat_ws(' ', d.key, d.value)) = 0)`,
  },
}

/** Between what was committed, what was told and what came of it. */
export const EVENT_PROMISES: readonly BookPromise[] = [
  ALL_TOLD,
  {
    title: 'every row of the outboxes is sent',
    sql: `
SELECT service || ' ' || id AS id, format('%s, %s events', topic, count) AS why
FROM outbox, began WHERE sent_at IS NULL AND created_at >= began.at`,
  },
  {
    title: 'Kafka holds exactly the events of the outbox, each keyed by its subject',
    // Its topics may have been deleted, and strangers may have written into them: what counts is the effect.
    underFaults: null,
    sql: `
SELECT coalesce(t.id, e.id) AS id,
       CASE WHEN e.id IS NULL THEN 'not in Kafka' WHEN t.id IS NULL THEN 'only in Kafka'
            ELSE 'key ' || e.key END AS why
FROM (SELECT DISTINCT topic, id FROM told) t
FULL JOIN (SELECT DISTINCT topic, id, subject, key FROM seen_event) e
  ON e.topic = t.topic AND e.id = t.id
WHERE t.id IS NULL OR e.id IS NULL OR e.key <> e.subject`,
  },
  ALL_HEARD,
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
