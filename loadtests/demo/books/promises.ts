/**
 * A promise of the system, and the query that finds whatever breaks it: rows (id, why), none if it is kept.
 */
export interface BookPromise {
  readonly title: string
  readonly sql: string
  /** What is promised instead when things were broken on purpose; null if nothing can be. */
  readonly underFaults?: { readonly title: string; readonly sql: string } | null
}

const LIVE = `('held', 'sold')`
/** No answer, or "not now": counted with the attempts, and nothing to judge. */
export const UNDECIDED = '(0, 503, 504)'
const BAD_KINDS = `('bad-token', 'bad-body', 'no-key')`

export const ORDERS_MATCH: BookPromise = {
  title: 'reservations and orders are one to one, in matching states',
  sql: `
SELECT coalesce(o.order_id, r.claim_id) AS id,
       format('order %s, reservation %s', coalesce(o.state, 'none'), coalesce(r.state, 'none')) AS why
FROM our_order o FULL JOIN our_claim r ON r.claim_id = o.order_id
WHERE (o.user_id, o.sale_id, o.quantity) IS DISTINCT FROM (r.user_id, r.sale_id, r.quantity)
   OR r.state IS DISTINCT FROM
      CASE o.state WHEN 'pending' THEN 'held' WHEN 'paid' THEN 'sold' ELSE 'released' END`,
}

const NOT_FOUND = `e.entry = 'read' AND (e.status <> 200 OR (e.sale_id, e.quantity, e.cents)
  IS DISTINCT FROM (o.sale_id, o.quantity, o.quantity * o.unit_price_cents))`

/** Between the sales, the reservations, the orders and what the clients were told. */
export const BOOK_PROMISES: readonly BookPromise[] = [
  {
    title: 'initial = available + reserved + sold, for each sale',
    sql: `
SELECT a.sale_id AS id,
       format('asked for %s, has %s + %s + %s', a.units, s.available, s.reserved, s.sold) AS why
FROM asked_sale a LEFT JOIN inventory.sale s USING (sale_id)
WHERE s.sale_id IS NULL OR s.units <> a.units
   OR s.available + s.reserved + s.sold <> a.units OR s.available < 0`,
  },
  {
    title: 'the counters of a sale are the sums of its reservations',
    sql: `
SELECT s.sale_id AS id, format('counters %s, %s, rows %s, %s', s.reserved, s.sold, r.held, r.sold) AS why
FROM inventory.sale s JOIN asked_sale USING (sale_id) LEFT JOIN (
  SELECT sale_id, sum(quantity) FILTER (WHERE state = 'held') AS held,
         sum(quantity) FILTER (WHERE state = 'sold') AS sold
  FROM our_claim GROUP BY 1
) r USING (sale_id)
WHERE (s.reserved, s.sold) IS DISTINCT FROM (coalesce(r.held, 0), coalesce(r.sold, 0))`,
  },
  {
    title: 'no buyer holds more than the limit',
    sql: `
SELECT r.user_id AS id,
       format('%s units, counted %s, limit %s', sum(r.quantity), max(u.used), max(a.per_buyer)) AS why
FROM our_claim r JOIN asked_sale a USING (sale_id)
LEFT JOIN inventory.buyer_use u ON u.sale_id = r.sale_id AND u.user_id = r.user_id
WHERE r.state IN ${LIVE}
GROUP BY r.sale_id, r.user_id
HAVING sum(r.quantity) > max(a.per_buyer) OR sum(r.quantity) IS DISTINCT FROM max(u.used)`,
  },
  {
    title: 'every 201 is an order in Postgres with the same fields',
    sql: `
SELECT DISTINCT t.told_order AS id,
       CASE WHEN o.order_id IS NULL THEN 'not there' ELSE 'other fields' END AS why
FROM attempt t LEFT JOIN orders.orders o ON o.order_id = t.told_order
WHERE t.status = 201 AND (o.order_id IS NULL OR t.told_state <> 'pending'
  OR (o.user_id, o.sale_id, o.quantity, o.quantity * o.unit_price_cents, o.currency, o.expires_at, o.trace_id)
     IS DISTINCT FROM
     (t.user_id, t.sale_id, t.quantity, t.told_cents, t.told_currency, t.told_expires, t.told_trace))`,
  },
  {
    title: 'one key, one order, one answer',
    sql: `
SELECT user_id || ' ' || key AS id,
       format('%s orders, %s answers', count(DISTINCT told_order), count(DISTINCT body)) AS why
FROM attempt WHERE status = 201
GROUP BY user_id, sale_id, key
HAVING count(DISTINCT told_order) > 1 OR count(DISTINCT body) > 1 OR bool_or(told_order <> order_id)
UNION ALL
SELECT order_id::text, format('%s rows', count(*)) FROM our_order GROUP BY order_id HAVING count(*) > 1`,
  },
  {
    title: 'no order that nobody asked for',
    sql: `
SELECT o.order_id AS id, 'no sound attempt for it' AS why FROM our_order o
WHERE NOT EXISTS (SELECT 1 FROM attempt t WHERE t.order_id = o.order_id AND t.kind NOT IN ${BAD_KINDS}
  AND (t.user_id, t.sale_id, t.quantity) = (o.user_id, o.sale_id, o.quantity))`,
  },
  ORDERS_MATCH,
  {
    title: 'a winner who looks at once finds the order',
    sql: `
SELECT e.order_id AS id, format('status %s %s', e.status, e.code) AS why
FROM errand e LEFT JOIN orders.orders o ON o.order_id = e.order_id
WHERE ${NOT_FOUND}`,
    underFaults: {
      title: 'a winner who looks at once finds the order, or is told "not now"',
      sql: `
SELECT e.order_id AS id, format('status %s %s', e.status, e.code) AS why
FROM errand e LEFT JOIN orders.orders o ON o.order_id = e.order_id
WHERE e.status NOT IN ${UNDECIDED} AND ${NOT_FOUND}`,
    },
  },
]
