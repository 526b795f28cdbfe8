import { deriveOrderId, derivePaymentId } from '@stampede/contracts/ids'
import type { PlacedOrder } from '@stampede/contracts/orders'
import type { Client } from 'pg'
import type { AttemptEntry, Entry, LookEntry, OrderEntry } from '../journal.ts'
import { CREATE, type Evidence, INDEX } from './tables.ts'

const ROWS_AT_ONCE = 2000
/** For a request of which it is not known how long it took. */
const ERRAND_MS = 10_000
/** What is said at the end of a transaction has the time of its beginning. */
const SLACK_MS = 500

/** Puts the evidence into tables of this connection. Of a journal that streams, little is in memory. */
export async function layOut(client: Client, { journal, sales, events, gate }: Evidence): Promise<void> {
  await client.query(CREATE)
  await fillAll(
    client,
    'asked_sale',
    sales.map(({ saleId, units, limit }) => ({ sale_id: saleId, units, per_buyer: limit })),
  )
  const tables = { attempt: openFill(client, 'attempt'), errand: openFill(client, 'errand') }
  const looks = openFill(client, 'look')
  for await (const entry of journal) {
    if (entry.entry === 'attempt') await tables.attempt.add(toAttemptRow(entry))
    else if (entry.entry === 'look') await looks.add(toLookRow(entry))
    else await tables.errand.add(toErrandRow(entry))
  }
  for (const table of [tables.attempt, tables.errand, looks]) await table.end()
  await fillAll(
    client,
    'read_event',
    events.flatMap(({ about, ...event }) =>
      about.map(({ orderId, saleId }) => ({ ...event, order_id: orderId || undefined, sale_id: saleId })),
    ),
  )
  await fillAll(
    client,
    'gate_row',
    gate.map(({ saleId, ...row }) => ({ sale_id: saleId, ...row })),
  )
  await client.query(INDEX)
}

async function fillAll(client: Client, table: string, rows: readonly object[]): Promise<void> {
  const filling = openFill(client, table)
  for (const row of rows) await filling.add(row)
  await filling.end()
}

function openFill(client: Client, table: string) {
  let rows: object[] = []
  async function flush(): Promise<void> {
    const sql = `INSERT INTO ${table} SELECT * FROM json_populate_recordset(NULL::${table}, $1)`
    if (rows.length > 0) await client.query(sql, [JSON.stringify(rows)])
    rows = []
  }
  return {
    async add(row: object): Promise<void> {
      rows.push(row)
      if (rows.length >= ROWS_AT_ONCE) await flush()
    },
    end: flush,
  }
}

function toAttemptRow(entry: AttemptEntry): object {
  const { kind, detail, saleId, userId, key, quantity, sentAt, tookMs, status, code, body } = entry
  const told = body === undefined ? undefined : (JSON.parse(body) as PlacedOrder)
  return {
    ...{ kind, detail, key, quantity, status, code, body, sent_ms: sentAt, took_ms: tookMs },
    sale_id: saleId,
    user_id: userId,
    order_id: deriveOrderId(userId, saleId, key),
    told_order: told?.orderId,
    told_state: told?.state,
    told_cents: told?.totalCents,
    told_currency: told?.currency,
    told_expires: told?.expiresAt,
    told_trace: told?.traceId,
  }
}

function toErrandRow(entry: OrderEntry): object {
  const { orderId, userId, key, outcome, status, code } = entry
  const told = readBody(entry)
  return {
    ...{ entry: entry.entry, status, code, key, outcome, state: told['state'], quantity: told['quantity'] },
    ...timesOf(entry),
    at_rest: entry.atRest ?? false,
    order_id: orderId,
    user_id: userId,
    version: told['version'],
    sale_id: told['saleId'],
    cents: told['totalCents'],
    key_payment: key && derivePaymentId(userId, orderId, key),
    told_payment: told['paymentId'],
    told_refund: told['refundId'],
  }
}

function toLookRow(entry: LookEntry): object {
  const { saleId, status, code } = entry
  const told = readBody(entry)
  const what = { state: told['state'], units_left: told['unitsLeft'] }
  return { ...{ status, code, sale_id: saleId }, ...what, ...timesOf(entry) }
}

function timesOf({ sentAt, tookMs = ERRAND_MS }: OrderEntry | LookEntry): object {
  const answeredAt = sentAt + tookMs
  return {
    sent_at: new Date(sentAt),
    answered_at: new Date(answeredAt),
    told_at: new Date(answeredAt + SLACK_MS),
  }
}

function readBody({ status, body }: Entry): Record<string, unknown> {
  return status >= 200 && status < 300 && body ? (JSON.parse(body) as Record<string, unknown>) : {}
}
