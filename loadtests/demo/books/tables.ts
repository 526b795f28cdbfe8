import { deriveOrderId, derivePaymentId } from '@stampede/contracts/ids'
import type { PlacedOrder } from '@stampede/contracts/orders'
import type { Client } from 'pg'
import type { GateRow } from '../../system/gate-view.ts'
import type { SeenEvent } from '../../system/kafka-reader.ts'
import type { Entry } from '../journal.ts'

/** What stands beside the system's own tables, so that both sides can be compared in SQL. */
export interface Evidence {
  readonly journal: readonly Entry[]
  readonly sales: readonly { readonly saleId: string; readonly units: number; readonly limit: number }[]
  readonly events: readonly SeenEvent[]
  readonly gate: readonly GateRow[]
  /** Attempts of a buyer in ten seconds beyond which the gateway may say so; if not given, it may never. */
  readonly quota?: number
}

const ROWS_AT_ONCE = 2000
/** For an errand of which it is not known how long it took. */
const ERRAND_MS = 10_000
/** What is said at the end of a transaction has the time of its beginning. */
const SLACK_MS = 500

/**
 * Seen by this connection only, gone when it closes. `order_id` of an attempt is the id its key leads to, as
 * is `key_payment` of a payment. `told_at`: no answer came later, by the clock of the database.
 */
const CREATE = `
CREATE TEMP TABLE asked_sale (sale_id uuid, units int, per_buyer int);
CREATE TEMP TABLE attempt (
  number int, kind text, sale_id uuid, user_id uuid, key text, quantity int, order_id uuid,
  status int, code text, body text,
  told_order uuid, told_state text, told_cents int, told_currency text, told_expires timestamptz,
  told_trace uuid);
CREATE TEMP TABLE errand (
  entry text, order_id uuid, user_id uuid, key text, outcome text, sent_at timestamptz, told_at timestamptz,
  status int, code text, state text, quantity int, sale_id uuid, cents int,
  key_payment uuid, told_payment uuid, told_refund uuid);
CREATE TEMP TABLE read_event (topic text, id text, subject text, key text, order_id uuid, sale_id uuid);
CREATE TEMP TABLE gate_row (sale_id uuid, what text, id text, value bigint)`

const INDEX = `
CREATE INDEX ON attempt (order_id);
CREATE INDEX ON attempt (told_order);
CREATE INDEX ON errand (order_id);
ANALYZE attempt; ANALYZE errand; ANALYZE read_event; ANALYZE gate_row`

/**
 * What of the system's tables belongs to these sales, for others may have used the same database before or
 * beside us. The outbox packs many events into a row: a line `<key> TAB <CloudEvent>` each; and an event may
 * be about many orders: `told` and `seen_event` have a row for each.
 */
export const PICK_OURS = `
CREATE TEMP VIEW began AS SELECT min(created_at) AS at FROM inventory.sale JOIN asked_sale USING (sale_id);
CREATE TEMP VIEW our_order AS SELECT o.* FROM orders.orders o JOIN asked_sale USING (sale_id);
CREATE TEMP VIEW our_claim AS
  SELECT r.* FROM inventory.reservation r JOIN asked_sale USING (sale_id) WHERE r.state <> 'void';
CREATE TEMP TABLE our_step AS
  SELECT s.* FROM orders.order_step s WHERE order_id IN (SELECT order_id FROM our_order);
CREATE INDEX ON our_step (order_id);
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
ANALYZE our_step; ANALYZE told; ANALYZE seen_event`

function ofOurOrders(name: string, table: string): string {
  return `CREATE TEMP VIEW ${name} AS
    SELECT t.* FROM ${table} t WHERE t.order_id IN (SELECT order_id FROM our_order);`
}

/** Events about money name no sale: they are ours unless their order is known to be of another. */
function isOurs(orderId: string): string {
  return `CASE WHEN sale_id IS NULL THEN ${orderId} NOT IN (SELECT order_id FROM their_order)
    ELSE sale_id IN (SELECT sale_id FROM asked_sale) END`
}

export async function layOut(client: Client, { journal, sales, events, gate }: Evidence): Promise<void> {
  await client.query(CREATE)
  await fill(
    client,
    'asked_sale',
    sales.map(({ saleId, units, limit }) => ({ sale_id: saleId, units, per_buyer: limit })),
  )
  await fill(client, 'attempt', journal.flatMap(toAttemptRow))
  await fill(client, 'errand', journal.flatMap(toErrandRow))
  await fill(
    client,
    'read_event',
    events.flatMap(({ about, ...event }) =>
      about.map(({ orderId, saleId }) => ({ ...event, order_id: orderId || undefined, sale_id: saleId })),
    ),
  )
  await fill(
    client,
    'gate_row',
    gate.map(({ saleId, ...row }) => ({ sale_id: saleId, ...row })),
  )
  await client.query(INDEX)
}

async function fill(client: Client, table: string, rows: readonly object[]): Promise<void> {
  for (let start = 0; start < rows.length; start += ROWS_AT_ONCE) {
    const chunk = JSON.stringify(rows.slice(start, start + ROWS_AT_ONCE))
    await client.query(`INSERT INTO ${table} SELECT * FROM json_populate_recordset(NULL::${table}, $1)`, [
      chunk,
    ])
  }
}

function toAttemptRow(entry: Entry, number: number): object[] {
  if (entry.entry !== 'attempt') return []
  const { kind, saleId, userId, key, quantity, status, code, body } = entry
  const told = body === undefined ? undefined : (JSON.parse(body) as PlacedOrder)
  return [
    {
      ...{ number, kind, key, quantity, status, code, body },
      sale_id: saleId,
      user_id: userId,
      order_id: deriveOrderId(userId, saleId, key),
      told_order: told?.orderId,
      told_state: told?.state,
      told_cents: told?.totalCents,
      told_currency: told?.currency,
      told_expires: told?.expiresAt,
      told_trace: told?.traceId,
    },
  ]
}

function toErrandRow(entry: Entry): object[] {
  if (entry.entry === 'attempt') return []
  const { orderId, userId, key, outcome, sentAt, tookMs = ERRAND_MS, status, code, body } = entry
  const told = status < 300 && body ? (JSON.parse(body) as Record<string, unknown>) : {}
  return [
    {
      ...{ entry: entry.entry, status, code, key, outcome, state: told['state'], quantity: told['quantity'] },
      order_id: orderId,
      user_id: userId,
      sent_at: new Date(sentAt),
      told_at: new Date(sentAt + tookMs + SLACK_MS),
      sale_id: told['saleId'],
      cents: told['totalCents'],
      key_payment: key && derivePaymentId(userId, orderId, key),
      told_payment: told['paymentId'],
      told_refund: told['refundId'],
    },
  ]
}
