import { PrismaPg } from '@prisma/adapter-pg'
import { segmentIds } from '@stampede/contracts/ids'
import type { NewSale, SaleChange } from '@stampede/contracts/sales'
import type { Pool } from '@stampede/kit/postgres'
import { OPERATIONS, type Operation, type SaleRow } from '../domain/sale.ts'
import { PrismaClient, type Sale, type Shelf } from '../generated/client.ts'

export type Sales = ReturnType<typeof openSales>

const PAYMENT_WINDOW_SECONDS = 900
const PAGE = 100
const WHOLE = { include: { shelf: true, parts: true } } as const

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
      const given = { ...rest, stage, variant, paymentWindowSeconds }
      const parts = split(saleId, { ...given, units: sale.units }, sale.segments)
      await prisma.sale.createMany({ data: parts })
      return (await this.get(saleId)) as SaleRow
    },

    async get(saleId: string): Promise<SaleRow | undefined> {
      const sale = await prisma.sale.findUnique({ where: { saleId }, ...WHOLE })
      return sale ? toRow(sale) : undefined
    },

    /** Newest first, at most 100. */
    async list(): Promise<SaleRow[]> {
      const sales = await prisma.sale.findMany({
        where: { parentId: null },
        orderBy: [{ createdAt: 'desc' }, { saleId: 'desc' }],
        take: PAGE,
        ...WHOLE,
      })
      return sales.map(toRow)
    },

    /** The next sales and segments, by id, whose gate should stand: not over for more than an hour. */
    async current(afterId: string, most: number): Promise<SaleRow[]> {
      const since = new Date(Date.now() - 3_600_000)
      const where = { stage: 'hybrid', saleId: { gt: afterId }, endsAt: { gt: since } }
      return (await prisma.sale.findMany({ where, orderBy: { saleId: 'asc' }, take: most })).map(toRow)
    },

    /** Undefined when the sale is not in a state that allows it (or does not exist). */
    async operate(saleId: string, operation: Operation): Promise<SaleRow | undefined> {
      const { from, to } = OPERATIONS[operation]
      const changed = await prisma.sale.updateMany({
        where: { ...family(saleId), status: { in: [...from] } },
        data: { status: to },
      })
      return changed.count > 0 ? this.get(saleId) : undefined
    },

    /** Undefined when the sale is closed, unknown, or would end before it starts. */
    async change(saleId: string, { addUnits = 0, endsAt }: SaleChange): Promise<SaleRow | undefined> {
      const end = endsAt === undefined ? undefined : new Date(endsAt)
      const may = { status: { not: 'closed' }, ...(end && { startsAt: { lt: end } }) }
      const [, changed] = await prisma.$transaction([
        prisma.sale.updateMany({ where: { parentId: saleId, ...may }, data: end ? { endsAt: end } : {} }),
        prisma.sale.updateMany({
          where: { saleId, units: { lte: 2_000_000_000 - addUnits }, ...may },
          data: {
            units: { increment: addUnits },
            available: { increment: addUnits },
            ...(end && { endsAt: end }),
          },
        }),
      ])
      return changed.count > 0 ? this.get(saleId) : undefined
    },

    close(): Promise<void> {
      return prisma.$disconnect()
    },
  }
}

/** The rows of a sale and its segments, with as equal a share of the units as can be. */
function split<S extends { units: number }>(saleId: string, sale: S, segments = 1) {
  const upTo = (n: number) => Math.floor((n * sale.units) / segments)
  return segmentIds(saleId, segments).map((id, i) => {
    const units = upTo(i + 1) - upTo(i)
    return { ...sale, saleId: id, units, available: units, ...(i > 0 && { parentId: saleId }) }
  })
}

/** A sale and its segments. */
function family(saleId: string) {
  return { OR: [{ saleId }, { parentId: saleId }] }
}

interface Whole extends Sale {
  readonly shelf?: Shelf | null
  readonly parts?: readonly Sale[]
}

/**
 * Units of all segments, if they were read too. The stages of
 * the story count on their shelf, naive ones to less than nothing.
 */
function toRow({ lastStamp, shelf, parts = [], parentId: _, ...sale }: Whole): SaleRow {
  const sum = (pick: (row: Sale | typeof sale) => number) =>
    parts.reduce((total, part) => total + pick(part), pick(sale))
  return {
    ...sale,
    units: sum(({ units }) => units),
    available: shelf ? Math.max(0, shelf.stock) : sum(({ available }) => available),
    reserved: sum(({ reserved }) => reserved),
    sold: sum(({ sold }) => sold),
    lastStamp: Number(lastStamp),
  }
}
