import type { BookPromise } from './promises.ts'

/** Between the orders and what functions made of what happened to them. */
export const EFFECT_PROMISES: readonly BookPromise[] = [
  {
    title: "every paid order has its coupon, and a refunded one's is revoked",
    sql: `
WITH due AS (
  SELECT order_id, user_id, CASE state WHEN 'paid' THEN 'granted' ELSE 'revoked' END AS state, (
    SELECT max(version) FROM our_step s WHERE s.order_id = o.order_id
    AND cause IN ('payment-settled', 'revived', 'refund-requested')) AS version
  FROM our_order o WHERE paid_by IS NOT NULL
)
SELECT order_id AS id,
       format('coupon %s in version %s, due %s in %s', c.state, c.version, d.state, d.version) AS why
FROM due d FULL JOIN our_coupon c USING (order_id)
WHERE (d.user_id, d.state, d.version) IS DISTINCT FROM (c.user_id, c.state, c.version)`,
  },
  {
    title: 'points are those of what was paid, and nothing for what went back',
    sql: `
WITH due AS (
  SELECT order_id, user_id, 'earned' AS kind, quantity * unit_price_cents / 100 AS points
  FROM our_order WHERE paid_by IS NOT NULL
  UNION ALL
  SELECT order_id, user_id, 'reversed', - (quantity * unit_price_cents / 100)
  FROM our_order WHERE state = 'refunded'
)
SELECT order_id AS id, format('%s: %s points, due %s', kind, p.points, d.points) AS why
FROM due d FULL JOIN our_points p USING (order_id, kind)
WHERE (d.user_id, d.points) IS DISTINCT FROM (p.user_id, p.points)`,
  },
  {
    title: 'a buyer is told of each end once, and every call of a function is done',
    sql: `
WITH news AS (
  SELECT DISTINCT id, topic, order_id::uuid,
         CASE WHEN topic IN ('order.paid', 'order.refunded') THEN 3 ELSE 1 END AS calls
  FROM told WHERE topic IN ('order.paid', 'order.refunded', 'order.cancelled', 'order.expired')
)
SELECT coalesce(n.order_id, m.order_id)::text AS id,
       format('%s: told by %s', coalesce(n.topic, m.topic), coalesce(m.event_id, 'nobody')) AS why
FROM (SELECT DISTINCT order_id, topic FROM news) n
FULL JOIN our_message m ON m.order_id = n.order_id AND m.topic = n.topic
LEFT JOIN news w ON w.order_id = m.order_id AND w.topic = m.topic AND w.id = m.event_id
WHERE w.id IS NULL
UNION ALL
SELECT n.id, format('%s of %s calls done', count(*) FILTER (WHERE c.state = 'done'), n.calls)
FROM news n LEFT JOIN functions.call c ON c.event_id = n.id
GROUP BY n.id, n.calls HAVING count(*) FILTER (WHERE c.state = 'done') <> n.calls`,
  },
]
