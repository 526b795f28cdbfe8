import type { GateRow } from '../../system/gate-view.ts'
import type { SeenEvent } from '../../system/kafka-reader.ts'
import type { Entry } from '../journal.ts'
import type { Span } from './timeline.ts'

/** What stands beside the system's own tables, so that both sides can be compared in SQL. */
export interface Evidence {
  readonly journal: Iterable<Entry> | AsyncIterable<Entry>
  readonly sales: readonly { readonly saleId: string; readonly units: number; readonly limit: number }[]
  readonly events: readonly SeenEvent[]
  readonly gate: readonly GateRow[]
  /** Attempts of a buyer in ten seconds beyond which the gateway may say so; if not given, it may never. */
  readonly quota?: number
  /** Said when things were broken on purpose: some promises then say something else, exactly. */
  readonly faults?: Faults
}

export interface Faults {
  /** Stands in every message that was made to be unreadable, so that no other is taken for one. */
  readonly poisonMarker: string
  /**
   * When something was broken on the way of a unit from the ledger to the shelf, in milliseconds since 1970.
   */
  readonly spans: readonly Span[]
}

/**
 * Seen by this connection only, gone when it closes. `order_id` of an attempt is the id its key leads to, as
 * is `key_payment` of a payment. `told_at`: no answer came later, by the clock of the database.
 */
export const CREATE = `
CREATE TEMP TABLE asked_sale (sale_id uuid, units int, per_buyer int);
CREATE TEMP TABLE attempt (
  kind text, detail text, sale_id uuid, user_id uuid, key text, quantity int, order_id uuid,
  sent_ms float8, took_ms float8, status int, code text, body text,
  told_order uuid, told_state text, told_cents int, told_currency text, told_expires timestamptz,
  told_trace uuid);
CREATE TEMP TABLE errand (
  entry text, at_rest boolean, order_id uuid, user_id uuid, key text, outcome text, sent_at timestamptz,
  answered_at timestamptz, told_at timestamptz, status int, code text, state text, version int,
  quantity int, sale_id uuid, cents int,
  key_payment uuid, told_payment uuid, told_refund uuid);
CREATE TEMP TABLE look (
  sale_id uuid, sent_at timestamptz, answered_at timestamptz, status int, code text, state text,
  units_left int);
CREATE TEMP TABLE read_event (topic text, id text, subject text, key text, order_id uuid, sale_id uuid);
CREATE TEMP TABLE gate_row (sale_id uuid, what text, id text, value bigint)`

export const INDEX = `
CREATE INDEX ON attempt (order_id);
CREATE INDEX ON attempt (told_order);
CREATE INDEX ON attempt (sale_id);
CREATE INDEX ON attempt (user_id);
CREATE INDEX ON errand (order_id);
ANALYZE attempt; ANALYZE errand; ANALYZE look; ANALYZE read_event; ANALYZE gate_row`

/**
 * What of the system's tables belongs to these sales, for others may have used the same database before or
 * beside us. The outbox packs many events into a row: a line `<key> TAB <CloudEvent>` each; and an event may
 * be about many orders: `told` and `seen_event` have a row for each. `our_end` says of each step that ended
 * an order when inventory had followed it; `doubtful` are wishes without a decision and without a claim.
 */
export const PICK_OURS = `
CREATE TEMP VIEW began AS SELECT min(created_at) AS at FROM inventory.sale JOIN asked_sale USING (sale_id);
CREATE TEMP TABLE our_order AS SELECT o.* FROM orders.orders o JOIN asked_sale USING (sale_id);
CREATE INDEX ON our_order (order_id);
CREATE INDEX ON our_order (sale_id);
CREATE TEMP TABLE our_claim AS
  SELECT r.* FROM inventory.reservation r JOIN asked_sale USING (sale_id) WHERE r.state <> 'void';
CREATE INDEX ON our_claim (claim_id);
CREATE INDEX ON our_claim (sale_id);
ANALYZE our_order; ANALYZE our_claim;
CREATE TEMP TABLE doubtful AS
  SELECT order_id, sale_id, user_id, max(quantity) AS quantity, min(sent_ms) AS since,
         max(sent_ms + took_ms) AS told
  FROM attempt a WHERE NOT EXISTS (SELECT FROM our_claim c WHERE c.claim_id = a.order_id)
  GROUP BY 1, 2, 3 HAVING bool_or(status = 0 OR status >= 500);
CREATE INDEX ON doubtful (sale_id);
CREATE TEMP TABLE our_step AS
  SELECT s.* FROM orders.order_step s WHERE order_id IN (SELECT order_id FROM our_order);
CREATE INDEX ON our_step (order_id);
CREATE TEMP TABLE our_end AS
  SELECT s.order_id, s.version, s.state, s.at, i.seen_at
  FROM our_step s LEFT JOIN inventory.inbox i ON i.event_id = concat_ws('.', s.order_id, s.state, s.version)
  WHERE s.state IN ('cancelled', 'expired', 'refunded');
CREATE INDEX ON our_end (order_id);
${ofOurOrders('our_payment', 'orders.payment')}
${ofOurOrders('till_payment', 'payments.payment')}
${ofOurOrders('till_refund', 'payments.refund')}
${ofOurOrders('our_coupon', 'functions.coupon')}
${ofOurOrders('our_points', 'functions.points')}
${ofOurOrders('our_message', 'functions.message')}
CREATE TEMP VIEW outbox AS
  SELECT 'inventory' AS service, * FROM inventory.outbox
  UNION ALL SELECT 'orders', * FROM orders.outbox
  UNION ALL SELECT 'payments', * FROM payments.outbox;
CREATE TEMP VIEW dead_letter AS
  SELECT 'inventory' AS service, * FROM inventory.dead_letter
  UNION ALL SELECT 'orders', * FROM orders.dead_letter
  UNION ALL SELECT 'payments', * FROM payments.dead_letter
  UNION ALL SELECT 'functions', * FROM functions.dead_letter;
CREATE TEMP TABLE their_order AS
  SELECT order_id FROM orders.orders WHERE sale_id NOT IN (SELECT sale_id FROM asked_sale);
CREATE TEMP TABLE told AS
  SELECT * FROM (
    SELECT topic, event ->> 'id' AS id, coalesce(about ->> 'orderId', about ->> 'claimId') AS order_id,
           (about ->> 'saleId')::uuid AS sale_id
    FROM (
      SELECT topic, split_part(line, E'\\t', 2)::jsonb AS event
      FROM outbox, began, regexp_split_to_table(events, E'\\n') AS line WHERE created_at >= began.at
    ) lines, jsonb_array_elements(
      coalesce(event #> '{data,reservations}', jsonb_build_array(event -> 'data'))) AS about
  ) each WHERE ${isOurs('order_id::uuid')};
CREATE TEMP TABLE seen_event AS SELECT * FROM read_event WHERE ${isOurs('order_id')};
CREATE INDEX ON told (id);
CREATE INDEX ON seen_event (id);
ANALYZE our_step; ANALYZE our_end; ANALYZE told; ANALYZE seen_event`

function ofOurOrders(name: string, table: string): string {
  return `CREATE TEMP VIEW ${name} AS
    SELECT t.* FROM ${table} t WHERE t.order_id IN (SELECT order_id FROM our_order);`
}

/** Events about money name no sale: they are ours unless their order is known to be of another. */
function isOurs(orderId: string): string {
  return `CASE WHEN sale_id IS NULL THEN ${orderId} NOT IN (SELECT order_id FROM their_order)
    ELSE sale_id IN (SELECT sale_id FROM asked_sale) END`
}
