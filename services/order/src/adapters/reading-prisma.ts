import { PrismaPg } from '@prisma/adapter-pg'
import type { Cause, Order, OrderPage, OrderState } from '@stampede/contracts/orders'
import type { FailReason, PaymentState, PaymentView } from '@stampede/contracts/payments'
import { openBatcher } from '@stampede/kit/batcher'
import type { Pool } from '@stampede/kit/postgres'
import { type Cursor, writeCursor } from '../domain/cursor.ts'
import { type Prisma, PrismaClient } from '../generated/client.ts'

export interface PageWish {
  readonly after?: Cursor | undefined
  /** Most orders on the page. */
  readonly limit: number
}

export interface Reading {
  /** Undefined for an unknown order and for another buyer's alike; `unavailable` when too many ask. */
  find(userId: string, orderId: string): Promise<Found>
  /** Newest first. */
  list(userId: string, wish: PageWish): Promise<OrderPage>
  /** Answers those who were let in. */
  close(): Promise<void>
}

export type Found = Order | undefined | 'unavailable'

/**
 * Whoever won looks at once, all in the same second. Together they cost three queries instead of three each,
 * and who would wait longer than its asker does is turned away.
 */
const FINDS = { itemsMax: 200, waitMs: 5, queueMax: 2_000, inFlightMax: 2 } as const
const FIND_WAITS_MS = 2_000

type OrderRow = Prisma.OrderModel
type Key = Pick<OrderRow, 'userId' | 'orderId'>
type StepRow = Prisma.OrderStepModel
type PaymentRow = Prisma.PaymentModel

export function openReading(pool: Pool, schema: string): Reading {
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool, { schema }) })

  async function withHistory(rows: readonly OrderRow[]): Promise<Order[]> {
    const orderIds = rows.filter((row) => row.version > 0).map((row) => row.orderId)
    if (orderIds.length === 0) return rows.map((row) => toOrder(row, [], undefined))
    const where = { orderId: { in: orderIds } }
    const [steps, payments] = await Promise.all([
      prisma.orderStep.findMany({ where, orderBy: { version: 'asc' } }),
      prisma.payment.findMany({ where, orderBy: { at: 'asc' } }),
    ])
    const stepsOf = Map.groupBy(steps, (step) => step.orderId)
    const paymentsOf = Map.groupBy(payments, (payment) => payment.orderId)
    return rows.map((row) => {
      const tried = paymentsOf.get(row.orderId) ?? []
      const paid = tried.find(({ paymentId }) => paymentId === row.paidBy)
      return toOrder(row, stepsOf.get(row.orderId) ?? [], paid ?? tried.at(-1))
    })
  }

  async function findAll(keys: readonly Key[]): Promise<(Order | undefined)[]> {
    const userId = { in: keys.map((key) => key.userId) }
    const orderId = { in: keys.map((key) => key.orderId) }
    const rows = await prisma.order.findMany({ where: { userId, orderId } })
    const orders = await withHistory(rows)
    const found = new Map(rows.map((row, i) => [nameOf(row), orders[i]]))
    return keys.map((key) => found.get(nameOf(key)))
  }

  const finds = openBatcher<Key, Order | undefined>({ name: 'finds', ...FINDS, run: findAll })

  return {
    async find(userId, orderId) {
      const outcome = await finds.add({ userId, orderId }, performance.now() + FIND_WAITS_MS)
      if ('done' in outcome) return outcome.done
      if (outcome.refused === 'failed') throw outcome.error
      return 'unavailable'
    },
    async list(userId, { after, limit }) {
      const found = await prisma.order.findMany({
        where: { userId, ...(after && pageAfter(after)) },
        orderBy: [{ placedAt: 'desc' }, { orderId: 'asc' }],
        take: limit + 1,
      })
      const rows = found.slice(0, limit)
      const last = rows.at(-1)
      const orders = await withHistory(rows)
      return found.length > limit && last ? { orders, cursor: writeCursor(last) } : { orders }
    },
    async close() {
      await finds.close()
      await prisma.$disconnect()
    },
  }
}

function nameOf({ userId, orderId }: Key): string {
  return `${userId} ${orderId}`
}

function pageAfter({ placedAt, orderId }: Cursor): Prisma.OrderWhereInput {
  return { OR: [{ placedAt: { lt: placedAt } }, { placedAt, orderId: { gt: orderId } }] }
}

function toOrder(row: OrderRow, steps: readonly StepRow[], payment: PaymentRow | undefined): Order {
  const cause: Cause = 'placed'
  // The steps were read after the row: those it does not know of yet are left for the next reader.
  const known = steps.filter((step) => step.version <= row.version)
  return {
    orderId: row.orderId,
    saleId: row.saleId,
    quantity: row.quantity,
    totalCents: row.quantity * row.unitPriceCents,
    currency: row.currency,
    state: row.state as OrderState,
    placedAt: row.placedAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    version: row.version,
    ...(row.refundUntil && { refundUntil: row.refundUntil.toISOString() }),
    ...(payment && { payment: toPayment(payment) }),
    history: [
      { state: 'pending', at: row.placedAt.toISOString(), cause },
      ...known.map((step) => ({
        state: step.state as OrderState,
        at: step.at.toISOString(),
        cause: step.cause as Cause,
      })),
    ],
    traceId: row.traceId.replaceAll('-', ''),
  }
}

function toPayment({ paymentId, state, failReason }: PaymentRow): PaymentView {
  const reason = failReason as FailReason | null
  return { paymentId, state: state as PaymentState, ...(reason && { reason }) }
}
