import type { BookPromise } from './promises.ts'

export const HISTORY_WHOLE: BookPromise = {
  title: 'the history of an order has no gap, and only steps that may follow',
  sql: `
WITH step AS (
  SELECT order_id, version, state, cause, lag(state, 1, 'pending') OVER history AS was,
         row_number() OVER history AS nth
  FROM our_step WINDOW history AS (PARTITION BY order_id ORDER BY version)
)
SELECT order_id AS id,
       format('step %s is version %s: from %s to %s by %s', nth, version, was, state, cause) AS why
FROM step WHERE version <> nth OR NOT ((was, state, cause) IN (VALUES
    ('pending', 'pending', 'payment-requested'), ('pending', 'paid', 'payment-settled'),
    ('pending', 'cancelled', 'buyer'), ('pending', 'expired', 'payment-window'),
    ('expired', 'paid', 'revived'), ('paid', 'refunded', 'refund-requested'))
  OR (state = was AND cause IN ('payment-failed', 'refund-settled'))
  OR (state = was AND state <> 'pending' AND cause IN ('payment-late', 'payment-returned')))
UNION ALL
SELECT o.order_id, format('%s in version %s, the last step %s in %s', o.state, o.version, s.state, s.version)
FROM our_order o LEFT JOIN (
  SELECT DISTINCT ON (order_id) order_id, version, state FROM our_step ORDER BY order_id, version DESC
) s USING (order_id)
WHERE (o.version, o.state) <> (coalesce(s.version, 0), coalesce(s.state, 'pending'))`,
}

/** About the history of an order: how it came to be what it is. */
export const STEP_PROMISES: readonly BookPromise[] = [
  HISTORY_WHOLE,
  {
    title: 'an order ends for a reason: paid, cancelled, or its time ran out',
    sql: `
WITH expiry AS (SELECT order_id, min(at) AS at FROM our_step WHERE cause = 'payment-window' GROUP BY 1),
asked AS (SELECT order_id, bool_or(status = 200) AS done FROM errand WHERE entry = 'cancel' GROUP BY 1),
hold AS (SELECT order_id, max(hold_until) AS until FROM till_payment WHERE state = 'settled' GROUP BY 1)
SELECT o.order_id AS id, format('%s, expired at %s, held until %s, cancel told %s',
         o.state, x.at, greatest(o.expires_at, h.until), a.done) AS why
FROM our_order o LEFT JOIN expiry x USING (order_id) LEFT JOIN asked a USING (order_id)
LEFT JOIN hold h USING (order_id)
WHERE x.at < greatest(o.expires_at, h.until)
   OR (o.state = 'cancelled' AND a.order_id IS NULL)
   OR (o.state <> 'cancelled' AND a.done)
   OR (o.state = 'pending' AND greatest(o.expires_at, o.paying_until) < now() - interval '5 seconds')`,
  },
]
