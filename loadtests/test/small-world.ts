import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { deriveOrderId, newId } from '@stampede/contracts/ids'
import type { PlacedOrder } from '@stampede/contracts/orders'
import type { Client } from 'pg'
import type { Evidence } from '../demo/books/tables.ts'
import type { AttemptEntry } from '../demo/journal.ts'
import type { SeenEvent } from '../system/kafka-reader.ts'

// A sale of ten units: Ann holds two, Bob bought one and cancelled. All promises hold.

export const SALE_ID = newId()
const TRACE = '0123456789abcdef0123456789abcdef'
const PLACED = '2026-01-01T10:00:00.000Z'
const EXPIRES = '2036-01-01T10:00:00.000Z'
const SERVICES = resolve(import.meta.dirname, '../../services')

export interface Wish {
  readonly userId: string
  readonly key: string
  readonly orderId: string
  readonly quantity: number
}

export const ANN = makeWish('ann', 2)
export const BOB = makeWish('bob', 1)

/** What the clients, Kafka and the gate say of it. */
export function soundEvidence(): Evidence {
  const cancel = {
    entry: 'cancel',
    orderId: BOB.orderId,
    userId: BOB.userId,
    sentAt: Date.parse(PLACED),
  } as const
  const read = { ...cancel, entry: 'read', orderId: ANN.orderId, userId: ANN.userId, status: 200 } as const
  const body = JSON.stringify({ saleId: SALE_ID, quantity: ANN.quantity, totalCents: 2 * ANN.quantity })
  return {
    journal: [told(ANN), told(BOB), { ...cancel, status: 200 }, { ...read, body }],
    sales: [{ saleId: SALE_ID, units: 10, limit: 2 }],
    events: EVENTS.map(([topic, wish, end]) => seen(topic, wish.orderId, end)),
    gate: [
      { saleId: SALE_ID, what: 'left', id: '', value: 8 },
      { saleId: SALE_ID, what: 'user', id: ANN.userId, value: 2 },
      { saleId: SALE_ID, what: 'user', id: BOB.userId, value: 0 },
      { saleId: SALE_ID, what: 'claim', id: BOB.orderId, value: 0 },
      { saleId: SALE_ID, what: 'claim', id: ANN.orderId, value: 2 },
    ],
  }
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
  const money = { totalCents: 2 * quantity, currency: 'EUR' }
  const order: PlacedOrder = { orderId, state: 'pending', ...money, expiresAt: EXPIRES, traceId: TRACE }
  return JSON.stringify(order)
}

export function seen(topic: string, orderId: string, end: string): SeenEvent {
  const about = [{ orderId, saleId: SALE_ID }]
  return { topic, id: `${orderId}.${end}`, subject: orderId, key: orderId, about }
}

/** Makes the tables of inventory and orders with their own migrations and writes the world into them. */
export async function makeWorld(client: Client): Promise<void> {
  await migrate(client, 'inventory', 'inventory')
  await migrate(client, 'order', 'orders')
  await client.query(
    `INSERT INTO inventory.sale (sale_id, title, sku, units, available, reserved, price_cents, currency,
       starts_at,
       ends_at, limit_per_user, payment_window_seconds, stage, variant)
     VALUES ($1, 'A sale', 'SKU', 10, 8, 2, 2, 'EUR', $2, $3, 2, 600, 'hybrid', 'guarded')`,
    [SALE_ID, PLACED, EXPIRES],
  )
  await enter(client, ANN, { order: 'pending', reservation: 'held', used: 2 })
  await enter(client, BOB, { order: 'cancelled', reservation: 'released', used: 0 })
  await client.query(
    `INSERT INTO orders.order_step (order_id, version, state, cause) VALUES ($1, 1, 'cancelled', 'buyer')`,
    [BOB.orderId],
  )
  for (const [topic, wish, end] of EVENTS) {
    const schema = topic === 'stock.reserved' ? 'inventory' : 'orders'
    const order = { saleId: SALE_ID, orderId: wish.orderId }
    const reservation = { saleId: SALE_ID, claimId: wish.orderId }
    const data = topic === 'stock.reserved' ? { reservations: [reservation] } : order
    const event = { id: `${wish.orderId}.${end}`, subject: wish.orderId, data }
    const line = `${wish.orderId}\t${JSON.stringify(event)}`
    const insert = `INSERT INTO ${schema}.outbox (topic, events, count, sent_at) VALUES ($1, $2, 1, now())`
    await client.query(insert, [topic, line])
  }
  await client.query(`INSERT INTO inventory.inbox (consumer, event_id) VALUES ('inventory', $1)`, [
    `${BOB.orderId}.cancelled`,
  ])
}

const EVENTS = [
  ['stock.reserved', ANN, 'reserved'],
  ['stock.reserved', BOB, 'reserved'],
  ['order.placed', ANN, 'placed'],
  ['order.placed', BOB, 'placed'],
  ['order.cancelled', BOB, 'cancelled'],
] as const

function makeWish(key: string, quantity: number): Wish {
  const userId = newId()
  return { userId, key, quantity, orderId: deriveOrderId(userId, SALE_ID, key) }
}

async function enter(
  client: Client,
  { orderId, userId, quantity }: Wish,
  state: { readonly order: string; readonly reservation: string; readonly used: number },
): Promise<void> {
  const version = state.order === 'pending' ? 0 : 1
  await client.query(
    `INSERT INTO inventory.reservation (claim_id, sale_id, user_id, trace_id, stamp, key_print, quantity,
       state,
       reserved_at, expires_at) VALUES ($1, $2, $3, $4, 1, 1, $5, $6, $7, $8)`,
    [orderId, SALE_ID, userId, TRACE, quantity, state.reservation, PLACED, EXPIRES],
  )
  await client.query(`INSERT INTO inventory.buyer_use VALUES ($1, $2, $3, 2)`, [SALE_ID, userId, state.used])
  await client.query(
    `INSERT INTO orders.orders (user_id, order_id, sale_id, trace_id, placed_at, expires_at, quantity,
       unit_price_cents, version, currency, state) VALUES ($1, $2, $3, $4, $5, $6, $7, 2, $8, 'EUR', $9)`,
    [userId, orderId, SALE_ID, TRACE, PLACED, EXPIRES, quantity, version, state.order],
  )
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
