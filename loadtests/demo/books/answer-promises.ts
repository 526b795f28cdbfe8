import type { BookPromise } from './promises.ts'

/** About what was answered, whatever the rows say. */
export const ANSWER_PROMISES: readonly BookPromise[] = [
  {
    title: 'no 5xx (503 and 504 apart)',
    sql: `
SELECT id, format('%s: %s %s', entry, status, code) AS why FROM (
  SELECT 'attempt' AS entry, user_id || ' ' || key AS id, status, code FROM attempt
  UNION ALL SELECT entry, order_id::text, status, code FROM errand
  UNION ALL SELECT 'look', sale_id::text, status, code FROM look) answer
WHERE status >= 500 AND status NOT IN (503, 504)`,
  },
  {
    title: 'when all is at rest again, an order that was won is found',
    sql: `
SELECT order_id AS id, format('%s times asked for, last %s', count(*), max(status)) AS why
FROM errand WHERE at_rest GROUP BY order_id HAVING NOT bool_or(status = 200)`,
  },
  {
    title: 'an order never looks older than it did before',
    sql: `
SELECT later.order_id AS id, format('version %s after version %s', later.version, earlier.version) AS why
FROM errand earlier JOIN errand later USING (order_id)
WHERE earlier.entry = 'read' AND later.entry = 'read' AND earlier.status = 200 AND later.status = 200
  AND earlier.answered_at <= later.sent_at AND later.version < earlier.version`,
  },
  {
    title: 'an order looks as its history says it did in that version',
    sql: `
SELECT e.order_id AS id, format('%s in version %s, by its history %s', e.state, e.version, s.state) AS why
FROM errand e LEFT JOIN our_step s USING (order_id, version)
WHERE e.entry = 'read' AND e.status = 200 AND e.version IS NOT NULL
  AND e.state <> CASE e.version WHEN 0 THEN 'pending' ELSE coalesce(s.state, 'none') END`,
  },
  {
    title: 'a sale that is up is found, with no more left than it had and no less than nothing',
    sql: `
SELECT l.sale_id::text AS id, format('%s %s, %s left', l.status, l.code, l.units_left) AS why
FROM look l LEFT JOIN asked_sale a USING (sale_id)
WHERE a.sale_id IS NOT NULL AND (l.status NOT IN (0, 200, 503, 504)
   OR (l.status = 200 AND (l.units_left IS NULL OR l.units_left < 0 OR l.units_left > a.units)))`,
  },
]
