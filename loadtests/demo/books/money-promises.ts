import { type BookPromise, UNDECIDED } from './promises.ts'

/** Between what clients were told of money, the orders, the payment service and the provider. */
export const MONEY_PROMISES: readonly BookPromise[] = [
  {
    title: 'every 202 of a payment or a refund is one, with the same fields',
    sql: `
SELECT e.order_id AS id, format('%s told as %s', e.entry, coalesce(e.told_refund, e.told_payment)) AS why
FROM errand e LEFT JOIN our_payment p ON p.payment_id = e.told_payment
LEFT JOIN till_refund r ON r.refund_id = e.told_refund
WHERE e.status = 202 AND ((e.order_id, e.user_id) IS DISTINCT FROM (p.order_id, p.user_id)
  OR CASE e.entry
       WHEN 'pay' THEN (e.told_payment, e.outcome) IS DISTINCT FROM (e.key_payment, p.outcome)
       ELSE (r.payment_id, r.order_id, r.cause) IS DISTINCT FROM (p.payment_id, p.order_id, 'buyer') END)`,
  },
  {
    title: 'one key, one payment or refund, one answer',
    sql: `
SELECT order_id || ' ' || key AS id,
       format('%s answers', count(DISTINCT (code, told_payment, told_refund))) AS why
FROM errand WHERE key IS NOT NULL AND status NOT IN ${UNDECIDED}
GROUP BY entry, order_id, key HAVING count(DISTINCT (code, told_payment, told_refund)) > 1`,
  },
  {
    title: 'who was refused a payment, a refund or a cancellation had it coming',
    sql: `
WITH refused AS (
  SELECT e.*, coalesce((SELECT array_agg(state || ' ' || cause ORDER BY version) FROM our_step s
           WHERE s.order_id = e.order_id AND s.at <= e.told_at), '{}') AS steps,
         o.expires_at <= e.told_at AS is_over
  FROM errand e JOIN our_order o USING (order_id)
  WHERE e.status >= 400 AND e.entry <> 'read' AND e.status NOT IN ${UNDECIDED}
)
SELECT order_id AS id, format('%s: %s %s after %s', entry, status, code, steps) AS why FROM refused
WHERE NOT coalesce(CASE code
  WHEN 'not_payable' THEN entry = 'pay' AND (is_over OR cardinality(steps) > 0)
  WHEN 'not_cancellable' THEN entry = 'cancel' AND EXISTS (
    SELECT FROM unnest(steps) AS step WHERE step NOT LIKE 'pending %')
  WHEN 'not_refundable' THEN entry = 'refund' AND (
    'refunded refund-requested' = ANY (steps) OR NOT EXISTS (
      SELECT FROM our_step s WHERE s.order_id = refused.order_id AND s.state = 'paid' AND s.at <= sent_at))
  END, false)`,
  },
  {
    title: 'money is kept exactly for orders that are paid, to the cent',
    sql: `
WITH taken AS (SELECT order_id, sum(amount_cents) AS cents FROM till_payment
               WHERE state = 'settled' GROUP BY 1),
back AS (SELECT order_id, sum(amount_cents) AS cents FROM till_refund
         WHERE state = 'settled' AND cause <> 'wrong-amount' GROUP BY 1),
charged AS (SELECT order_id, sum(c.taken_cents - c.refunded_cents) AS cents
            FROM till_payment JOIN provider.charge c ON c.reference = payment_id GROUP BY 1)
SELECT o.order_id::text AS id, format('%s: %s due, %s kept by us, %s by the provider', o.state, due.cents,
         coalesce(t.cents, 0) - coalesce(b.cents, 0), coalesce(c.cents, 0)) AS why
FROM our_order o LEFT JOIN taken t USING (order_id) LEFT JOIN back b USING (order_id)
LEFT JOIN charged c USING (order_id)
LEFT JOIN our_payment p ON p.payment_id = o.paid_by AND p.state = 'settled',
LATERAL (SELECT CASE o.state WHEN 'paid' THEN o.quantity * o.unit_price_cents ELSE 0 END AS cents) due
WHERE due.cents <> coalesce(t.cents, 0) - coalesce(b.cents, 0) OR due.cents <> coalesce(c.cents, 0)
   OR (o.state = 'paid') <> (p.payment_id IS NOT NULL)
UNION ALL
SELECT c.reference::text, 'a charge nobody asked for' FROM provider.charge c
LEFT JOIN payments.payment p ON p.payment_id = c.reference WHERE p.payment_id IS NULL`,
  },
  {
    title: 'late money was kept by reviving its order, or given back in full',
    sql: `
SELECT p.payment_id AS id,
       format('order %s, refund %s of %s', o.state, coalesce(b.state, 'none'), b.amount_cents) AS why
FROM till_payment p JOIN our_order o USING (order_id)
LEFT JOIN till_refund b ON b.payment_id = p.payment_id AND b.cause IN ('late', 'surplus')
WHERE p.state = 'settled' AND CASE WHEN p.payment_id = o.paid_by THEN b.refund_id IS NOT NULL
  ELSE (b.state, b.amount_cents) IS DISTINCT FROM ('settled', p.amount_cents) END`,
  },
  {
    title: 'nothing was charged or given back twice',
    sql: `
SELECT order_id::text AS id, format('%s charges kept', count(*)) AS why
FROM till_payment JOIN provider.charge c ON c.reference = payment_id
WHERE c.taken_cents > c.refunded_cents GROUP BY 1 HAVING count(*) > 1
UNION ALL
SELECT payment_id::text, format('%s refunds', count(*)) FROM till_refund GROUP BY 1 HAVING count(*) > 1
UNION ALL
SELECT coalesce(r.refund_id, c.reference)::text, format('%s of %s, by the provider %s',
         coalesce(r.state, 'no refund'), r.amount_cents, c.amount_cents)
FROM till_refund r FULL JOIN (
  SELECT credit.* FROM provider.credit JOIN till_payment ON payment_id = charge_reference
) c ON c.reference = r.refund_id
WHERE (r.payment_id, r.amount_cents, r.state) IS DISTINCT FROM (c.charge_reference, c.amount_cents, 'settled')
UNION ALL
SELECT c.reference::text, format('%s given back, in credits %s', c.refunded_cents, d.cents)
FROM till_payment JOIN provider.charge c ON c.reference = payment_id, LATERAL (
  SELECT coalesce(sum(amount_cents), 0) AS cents FROM provider.credit WHERE charge_reference = c.reference) d
WHERE c.refunded_cents <> d.cents`,
  },
  {
    title: 'each charge ended as its payment says, whatever the webhooks said',
    sql: `
SELECT coalesce(p.payment_id, t.payment_id)::text AS id,
       format('order says %s, payment %s %s, charge %s of %s',
         coalesce(p.state, 'nothing'), coalesce(t.state, 'nothing'), t.reason, c.state, c.taken_cents) AS why
FROM our_payment p FULL JOIN till_payment t USING (payment_id)
LEFT JOIN our_order o ON o.order_id = t.order_id
LEFT JOIN provider.charge c ON c.reference = payment_id
WHERE (p.order_id, p.user_id, p.outcome) IS DISTINCT FROM (t.order_id, t.user_id, t.outcome)
   OR (t.amount_cents, t.currency) <> (c.asked_cents, c.currency)
   OR (t.amount_cents, t.currency) IS DISTINCT FROM (o.quantity * o.unit_price_cents, o.currency)
   OR (p.state, t.state, coalesce(t.reason, ''), coalesce(c.state, 'none'),
       coalesce(c.taken_cents = c.asked_cents, false)) NOT IN (VALUES
     ('settled', 'settled', '', 'succeeded', true), ('refunded', 'settled', '', 'succeeded', true),
     ('failed', 'failed', 'declined', 'failed', false),
     ('failed', 'failed', 'too-late', 'failed', false), ('failed', 'failed', 'too-late', 'none', false),
     ('refunded', 'failed', 'wrong-amount', 'succeeded', false))
UNION ALL
SELECT event_id::text, format('a webhook nobody took in %s tries', w.tries) FROM provider.webhook w
JOIN till_payment ON payment_id = (w.body::jsonb #>> '{data,reference}')::uuid`,
  },
]
