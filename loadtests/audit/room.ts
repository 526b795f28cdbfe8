/**
 * What the audit's queries look at, as common table expressions. $1: the sales, a uuid[]; $2: seconds. Named
 * as the demo's books name theirs, so that a promise of the one is a column of the other.
 *
 * Whatever changed in the last $2 seconds is in motion, and so is its order: what follows from it may still
 * be on its way. `our_…` and `told` hold only orders at rest, `any_…` hold all.
 */
export const ROOM = `
WITH member AS (
  SELECT sale_id AS row_id, coalesce(parent_id, sale_id) AS sale_id FROM inventory.sale
  WHERE coalesce(parent_id, sale_id) = ANY($1::uuid[])
), began AS (
  SELECT min(created_at) AS at FROM inventory.sale WHERE sale_id = ANY($1)
), recent AS (
  SELECT now() - $2 * interval '1 second' AS at
), any_claim AS (
  SELECT claim_id, m.sale_id, user_id, quantity, state, reserved_at, expires_at, revived_at
  FROM inventory.reservation r JOIN member m ON m.row_id = r.sale_id WHERE state <> 'void'
), any_order AS (
  SELECT * FROM orders.orders WHERE sale_id = ANY($1)
), moving AS (
  SELECT claim_id AS order_id FROM any_claim, recent WHERE greatest(reserved_at, revived_at) > recent.at
  UNION SELECT order_id FROM orders.order_step s, recent WHERE s.at > recent.at
  UNION SELECT order_id FROM payments.payment, recent WHERE greatest(requested_at, ended_at) > recent.at
  UNION SELECT order_id FROM payments.refund, recent WHERE greatest(requested_at, settled_at) > recent.at
), our_order AS (
  SELECT * FROM any_order WHERE order_id NOT IN (SELECT order_id FROM moving)
), our_claim AS (
  SELECT * FROM any_claim WHERE claim_id NOT IN (SELECT order_id FROM moving)
), our_step AS (
  SELECT * FROM orders.order_step WHERE order_id IN (SELECT order_id FROM our_order)
), our_payment AS (
  SELECT * FROM orders.payment WHERE order_id IN (SELECT order_id FROM our_order)
), till_payment AS (
  SELECT * FROM payments.payment WHERE order_id IN (SELECT order_id FROM our_order)
), till_refund AS (
  SELECT * FROM payments.refund WHERE order_id IN (SELECT order_id FROM our_order)
), outbox AS (
  SELECT topic, events, created_at FROM inventory.outbox
  UNION ALL SELECT topic, events, created_at FROM orders.outbox
  UNION ALL SELECT topic, events, created_at FROM payments.outbox
), any_letter AS (
  SELECT 'inventory' AS service, key, error, at, replayed_at FROM inventory.dead_letter
  UNION ALL SELECT 'orders', key, error, at, replayed_at FROM orders.dead_letter
  UNION ALL SELECT 'payments', key, error, at, replayed_at FROM payments.dead_letter
  UNION ALL SELECT 'functions', key, error, at, replayed_at FROM functions.dead_letter
), dead_letter AS (
  -- Also one of which nobody knows whose it is.
  SELECT * FROM any_letter WHERE replayed_at IS NULL
    AND (key IS NULL OR key NOT IN (SELECT order_id::text FROM orders.orders WHERE sale_id <> ALL($1)))
), line AS (
  SELECT topic, split_part(text, E'\\t', 2)::jsonb AS event
  FROM outbox, began, regexp_split_to_table(events, E'\\n') AS text WHERE created_at >= began.at
), told AS (
  SELECT DISTINCT topic, event ->> 'id' AS id, coalesce(about ->> 'orderId', about ->> 'claimId') AS order_id,
         (about ->> 'saleId')::uuid AS sale_id
  FROM line, jsonb_array_elements(
    coalesce(event #> '{data,reservations}', jsonb_build_array(event -> 'data'))) AS about
  WHERE coalesce(about ->> 'orderId', about ->> 'claimId') NOT IN (SELECT order_id::text FROM moving)
    AND ((about ->> 'saleId')::uuid = ANY($1)
      OR about ->> 'orderId' IN (SELECT order_id::text FROM any_order))
), seen_event AS (
  SELECT topic, id, order_id::uuid FROM told
), thing AS (
  SELECT order_id AS id, sale_id FROM any_order
  UNION SELECT claim_id, sale_id FROM any_claim
  UNION SELECT payment_id, sale_id FROM orders.payment JOIN any_order USING (user_id, order_id)
  UNION SELECT payment_id, sale_id FROM payments.payment JOIN any_order USING (user_id, order_id)
  UNION SELECT refund_id, sale_id FROM payments.refund JOIN any_order USING (user_id, order_id)
)`
