import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { PlacedOrder } from '@stampede/contracts/orders'
import type { Client } from 'pg'
import type { Evidence } from '../demo/books/tables.ts'
import type { AttemptEntry, Entry, OrderEntry } from '../demo/journal.ts'
import type { SeenEvent } from '../system/kafka-reader.ts'
import {
  ANN,
  BOB,
  EXPIRES,
  LIVES,
  type Life,
  type Paid,
  PLACED,
  PRICE,
  SALE_ID,
  type Wish,
} from './small-lives.ts'
import { writeMoney } from './small-money.ts'
import { ENDINGS, NEWS, type News } from './small-news.ts'

// A sale of ten units, in the tables of all services and in the words of all clients.

const TRACE = '0123456789abcdef0123456789abcdef'
const SERVICES = resolve(import.meta.dirname, '../../services')
const SCHEMAS = {
  inventory: 'inventory',
  order: 'orders',
  payment: 'payments',
  provider: 'provider',
  functions: 'functions',
} as const
const CENTS = PRICE * ANN.quantity

/** What the clients, Kafka and the gate say of it. */
export function soundEvidence(): Evidence & { readonly journal: readonly Entry[] } {
  const cancel = { entry: 'cancel', ...byOwner(BOB), status: 200 } as const
  const body = JSON.stringify({ saleId: SALE_ID, quantity: ANN.quantity, totalCents: CENTS })
  const read = { entry: 'read', ...byOwner(ANN), status: 200, body } as const
  const paid = LIVES.flatMap(({ wish, payments }) => payments.flatMap((each) => toldOfMoney(wish, each)))
  return {
    journal: [...LIVES.map(({ wish }) => told(wish)), cancel, read, ...paid],
    sales: [{ saleId: SALE_ID, units: 10, limit: 2 }],
    events: NEWS.map(seen),
    gate: [
      { saleId: SALE_ID, what: 'left', id: '', value: 7 },
      ...LIVES.flatMap((life) => [
        { saleId: SALE_ID, what: 'user', id: life.wish.userId, value: unitsOf(life) } as const,
        { saleId: SALE_ID, what: 'claim', id: life.wish.orderId, value: unitsOf(life) } as const,
      ]),
    ],
  }
}

export function byOwner({ orderId, userId }: Wish): Pick<OrderEntry, 'orderId' | 'userId' | 'sentAt'> {
  return { orderId, userId, sentAt: Date.parse(PLACED) }
}

/** The answer to a won attempt, as its client wrote it down. */
export function told(wish: Wish): AttemptEntry {
  const { userId, key, quantity } = wish
  const sale = { sale: 'main', saleId: SALE_ID } as const
  const what = { entry: 'attempt', phase: 'rush', kind: 'plain' } as const
  const when = { sentAt: Date.parse(PLACED), tookMs: 5 }
  return { ...what, ...sale, ...when, userId, key, quantity, status: 201, body: writePlaced(wish) }
}

export function writePlaced({ orderId, quantity }: Wish): string {
  const expiresAt = LIVES.find(({ wish }) => wish.orderId === orderId)?.expiresAt ?? EXPIRES
  const money = { totalCents: PRICE * quantity, currency: 'EUR' }
  const order: PlacedOrder = { orderId, state: 'pending', ...money, expiresAt, traceId: TRACE }
  return JSON.stringify(order)
}

export function seen({ topic, id, orderId, data }: Omit<News, 'schema'>): SeenEvent {
  const saleId = 'paymentId' in data ? {} : { saleId: SALE_ID }
  return { topic, id, subject: orderId, key: orderId, about: [{ orderId, ...saleId }] }
}

function toldOfMoney(wish: Wish, { paymentId, key, outcome, refund }: Paid): Entry[] {
  const paid: Entry = {
    ...{ entry: 'pay', ...byOwner(wish), key, outcome, status: 202 },
    body: JSON.stringify({ paymentId, state: 'requested' }),
  }
  if (refund?.cause !== 'buyer') return [paid]
  const body = JSON.stringify({ refundId: refund.refundId, paymentId, state: 'refunding' })
  return [paid, { entry: 'refund', ...byOwner(wish), key: refund.key, status: 202, body }]
}

/** Makes the tables of the services with their own migrations and writes the world into them. */
export async function makeWorld(client: Client): Promise<void> {
  for (const [service, schema] of Object.entries(SCHEMAS)) await migrate(client, service, schema)
  await client.query(
    `INSERT INTO inventory.sale (sale_id, title, sku, units, available, reserved, sold, price_cents, currency,
       starts_at, ends_at, limit_per_user, payment_window_seconds, stage, variant)
     VALUES ($1, 'A sale', 'SKU', 10, 7, 2, 1, $4, 'EUR', $2, $3, 2, 600, 'hybrid', 'guarded')`,
    [SALE_ID, PLACED, EXPIRES, PRICE],
  )
  for (const life of LIVES) await enter(client, life)
  for (const news of NEWS) await tell(client, news)
  for (const life of LIVES) await writeMoney(client, life)
  for (const life of LIVES) await payFor(client, life)
}

async function payFor(client: Client, life: Life): Promise<void> {
  if (!isPaid(life)) return
  await client.query(
    'UPDATE orders.orders SET state = $2, paid_by = $3, refund_until = $4 WHERE order_id = $1',
    [life.wish.orderId, life.state, life.payments.at(-1)?.paymentId, EXPIRES],
  )
}

function isPaid({ state }: Life): boolean {
  return state === 'paid' || state === 'refunded'
}

async function enter(client: Client, life: Life): Promise<void> {
  const { wish, state, reservation, steps, expiresAt } = life
  const { orderId, userId, quantity } = wish
  // Whoever is paid names a payment, which names its order: see payFor.
  const paid = isPaid(life)
  await client.query(
    `INSERT INTO inventory.reservation (claim_id, sale_id, user_id, trace_id, stamp, key_print, quantity,
       state, reserved_at, expires_at) VALUES ($1, $2, $3, $4, 1, 1, $5, $6, $7, $8)`,
    [orderId, SALE_ID, userId, TRACE, quantity, reservation, PLACED, expiresAt],
  )
  await client.query(`INSERT INTO inventory.buyer_use VALUES ($1, $2, $3, 2)`, [
    SALE_ID,
    userId,
    unitsOf(life),
  ])
  await client.query(
    `INSERT INTO orders.orders (user_id, order_id, sale_id, trace_id, placed_at, expires_at, quantity,
       unit_price_cents, version, currency, state)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'EUR', $10)`,
    [
      userId,
      orderId,
      SALE_ID,
      TRACE,
      PLACED,
      expiresAt,
      quantity,
      PRICE,
      steps.length,
      paid ? 'pending' : state,
    ],
  )
  for (const [at, [to, cause]] of steps.entries()) {
    await client.query(
      `INSERT INTO orders.order_step (order_id, version, state, cause, at)
       VALUES ($1, $2, $3, $4, $5::timestamptz + $2::int * interval '1 second')`,
      [orderId, at + 1, to, cause, PLACED],
    )
  }
}

async function tell(client: Client, { schema, topic, id, orderId, data }: News): Promise<void> {
  const line = `${orderId}\t${JSON.stringify({ id, subject: orderId, data })}`
  const insert = `INSERT INTO ${schema}.outbox (topic, events, count, sent_at) VALUES ($1, $2, 1, now())`
  await client.query(insert, [topic, line])
  if (!ENDINGS.includes(topic)) return
  for (const consumer of ['inventory', 'functions']) {
    await client.query(`INSERT INTO ${consumer}.inbox (consumer, event_id) VALUES ($1, $2)`, [consumer, id])
  }
}

function unitsOf({ wish, reservation }: Life): number {
  return reservation === 'released' ? 0 : wish.quantity
}

async function migrate(client: Client, service: string, schema: string): Promise<void> {
  const folder = resolve(SERVICES, service, 'prisma/migrations')
  await client.query(`CREATE SCHEMA ${schema}; SET search_path = ${schema}`)
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) =>
    a.name.localeCompare(b.name),
  )) {
    if (entry.isDirectory())
      await client.query(readFileSync(resolve(folder, entry.name, 'migration.sql'), 'utf8'))
  }
}
