import { deriveOrderId } from '@stampede/contracts/ids'
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

/** Seen by this connection only, gone when it closes. `order_id` of an attempt is the id its key leads to. */
const CREATE = `
CREATE TEMP TABLE asked_sale (sale_id uuid, units int, per_buyer int);
CREATE TEMP TABLE attempt (
  number int, kind text, sale_id uuid, user_id uuid, key text, quantity int, order_id uuid,
  status int, code text, body text,
  told_order uuid, told_state text, told_cents int, told_currency text, told_expires timestamptz,
  told_trace uuid);
CREATE TEMP TABLE errand (
  entry text, order_id uuid, user_id uuid, sent_at timestamptz, status int, code text,
  state text, quantity int, sale_id uuid, cents int);
CREATE TEMP TABLE seen_event (topic text, id text, subject text, key text, order_id uuid);
CREATE TEMP TABLE gate_row (sale_id uuid, what text, id text, value bigint)`

const INDEX = `
CREATE INDEX ON attempt (order_id);
CREATE INDEX ON attempt (told_order);
CREATE INDEX ON seen_event (id);
ANALYZE attempt; ANALYZE seen_event; ANALYZE gate_row`

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
CREATE TEMP TABLE told AS
  SELECT topic, event ->> 'id' AS id, coalesce(about ->> 'orderId', about ->> 'claimId') AS order_id FROM (
    SELECT topic, split_part(line, E'\\t', 2)::jsonb AS event
    FROM (SELECT topic, events FROM inventory.outbox, began WHERE created_at >= began.at
          UNION ALL
          SELECT topic, events FROM orders.outbox, began WHERE created_at >= began.at) o,
         regexp_split_to_table(events, E'\\n') AS line
  ) lines, jsonb_array_elements(
    coalesce(event #> '{data,reservations}', jsonb_build_array(event -> 'data'))) AS about
  WHERE (about ->> 'saleId')::uuid IN (SELECT sale_id FROM asked_sale);
CREATE INDEX ON told (id);
ANALYZE told`

export async function layOut(client: Client, { journal, sales, events, gate }: Evidence): Promise<void> {
  await client.query(CREATE)
  await fill(
    client,
    'asked_sale',
    sales.map(({ saleId, units, limit }) => ({ sale_id: saleId, units, per_buyer: limit })),
  )
  await fill(client, 'attempt', journal.flatMap(toAttemptRow))
  await fill(client, 'errand', journal.flatMap(toErrandRow))
  const asked = new Set(sales.map(({ saleId }) => saleId))
  await fill(
    client,
    'seen_event',
    events.flatMap(({ about, ...event }) =>
      about.filter(({ saleId }) => asked.has(saleId)).map(({ orderId }) => ({ ...event, order_id: orderId })),
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
  const { orderId, userId, sentAt, status, code, body } = entry
  const told = status === 200 && body ? (JSON.parse(body) as Record<string, unknown>) : {}
  return [
    {
      ...{ entry: entry.entry, status, code, state: told['state'], quantity: told['quantity'] },
      order_id: orderId,
      user_id: userId,
      sent_at: new Date(sentAt),
      sale_id: told['saleId'],
      cents: told['totalCents'],
    },
  ]
}
