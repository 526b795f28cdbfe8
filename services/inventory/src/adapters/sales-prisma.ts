import { PrismaPg } from '@prisma/adapter-pg'
import type { NewSale, SaleChange } from '@stampede/contracts/sales'
import type { Pool } from '@stampede/kit/postgres'
import { OPERATIONS, type Operation, type SaleRow } from '../domain/sale.ts'
import { PrismaClient, type Sale, type Shelf } from '../generated/client.ts'

export type Sales = ReturnType<typeof openSales>

const PAYMENT_WINDOW_SECONDS = 900
const PAGE = 100
const WITH_SHELF = { include: { shelf: true } } as const

/** Sales as plain rows: everyday reads and an operator's changes. Stock moves only in the ledger. */
export function openSales(pool: Pool, schema: string) {
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool, { schema }) })
  return {
    async create(saleId: string, sale: NewSale): Promise<SaleRow> {
      const {
        stage = 'hybrid',
        variant = 'guarded',
        paymentWindowSeconds = PAYMENT_WINDOW_SECONDS,
        ...rest
      } = sale
      const given = { ...rest, stage, variant, paymentWindowSeconds, saleId, available: sale.units }
      return toRow(await prisma.sale.create({ data: given }))
    },

    async get(saleId: string): Promise<SaleRow | undefined> {
      const sale = await prisma.sale.findUnique({ where: { saleId }, ...WITH_SHELF })
      return sale ? toRow(sale) : undefined
    },

    /** Newest first, at most 100. */
    async list(): Promise<SaleRow[]> {
      const sales = await prisma.sale.findMany({
        orderBy: [{ createdAt: 'desc' }, { saleId: 'desc' }],
        take: PAGE,
        ...WITH_SHELF,
      })
      return sales.map(toRow)
    },

    /** The next sales, by id, whose gate should stand: not over for more than an hour, closed or not. */
    async current(afterId: string, most: number): Promise<SaleRow[]> {
      const since = new Date(Date.now() - 3_600_000)
      const where = { stage: 'hybrid', saleId: { gt: afterId }, endsAt: { gt: since } }
      return (await prisma.sale.findMany({ where, orderBy: { saleId: 'asc' }, take: most })).map(toRow)
    },

    /** Undefined when the sale is not in a state that allows it (or does not exist). */
    async operate(saleId: string, operation: Operation): Promise<SaleRow | undefined> {
      const { from, to } = OPERATIONS[operation]
      const changed = await prisma.sale.updateManyAndReturn({
        where: { saleId, status: { in: [...from] } },
        data: { status: to },
      })
      return changed[0] && toRow(changed[0])
    },

    /** Undefined when the sale is closed, unknown, or would end before it starts. */
    async change(saleId: string, { addUnits = 0, endsAt }: SaleChange): Promise<SaleRow | undefined> {
      const end = endsAt === undefined ? undefined : new Date(endsAt)
      const changed = await prisma.sale.updateManyAndReturn({
        where: {
          saleId,
          status: { not: 'closed' },
          units: { lte: 2_000_000_000 - addUnits },
          ...(end && { startsAt: { lt: end } }),
        },
        data: {
          units: { increment: addUnits },
          available: { increment: addUnits },
          ...(end && { endsAt: end }),
        },
      })
      return changed[0] && toRow(changed[0])
    },

    close(): Promise<void> {
      return prisma.$disconnect()
    },
  }
}

/** The stages of the story count on their shelf, and naive ones to less than nothing. */
function toRow({ lastStamp, shelf, ...sale }: Sale & { shelf?: Shelf | null }): SaleRow {
  const available = shelf ? Math.max(0, shelf.stock) : sale.available
  return { ...sale, available, lastStamp: Number(lastStamp) }
}
