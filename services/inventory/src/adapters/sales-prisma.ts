import { PrismaPg } from '@prisma/adapter-pg'
import { segmentIds } from '@stampede/contracts/ids'
import type { NewSale, SaleChange } from '@stampede/contracts/sales'
import type { Pool } from '@stampede/kit/postgres'
import { OPERATIONS, type Operation, type SaleRow } from '../domain/sale.ts'
import { PrismaClient, type Sale, type Shelf } from '../generated/client.ts'

export type Sales = ReturnType<typeof openSales>

const PAYMENT_WINDOW_SECONDS = 900
const PAGE = 100
const WITH_SHELF = { include: { shelf: true } } as const

/**
 * Sales as plain rows: everyday reads and an operator's changes. Stock moves only in the ledger. `now`: the
 * ledger's clock, in epoch milliseconds.
 */
export function openSales(pool: Pool, schema: string, now: () => number) {
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

    /** A sale with the units of all its segments. */
    async get(saleId: string): Promise<SaleRow | undefined> {
      const sale = await prisma.sale.findUnique({ where: { saleId, parentId: null }, ...WITH_SHELF })
      return sale ? whole(prisma, sale) : undefined
    },

    /** One row alone: a sale without its segments, or a segment. */
    async row(id: string): Promise<SaleRow | undefined> {
      const row = await prisma.sale.findUnique({ where: { saleId: id } })
      return row ? toRow(row) : undefined
    },

    /** Newest first, at most 100. */
    async list(): Promise<SaleRow[]> {
      const sales = await prisma.sale.findMany({
        where: { parentId: null },
        orderBy: [{ createdAt: 'desc' }, { saleId: 'desc' }],
        take: PAGE,
        ...WITH_SHELF,
      })
      return Promise.all(sales.map((sale) => whole(prisma, sale)))
    },

    /**
     * The next sales and segments, by id, whose gate should stand: not over for more than an hour. From the
     * first on without `afterId`.
     */
    async current(afterId: string | undefined, most: number): Promise<SaleRow[]> {
      const since = new Date(now() - 3_600_000)
      const where = { stage: 'hybrid', endsAt: { gt: since }, ...(afterId && { saleId: { gt: afterId } }) }
      return (await prisma.sale.findMany({ where, orderBy: { saleId: 'asc' }, take: most })).map(toRow)
    },

    /** Undefined when the sale is not in a state that allows it (or does not exist). */
    async operate(saleId: string, operation: Operation): Promise<SaleRow | undefined> {
      const { from, to } = OPERATIONS[operation]
      const where = { ...family(saleId), status: { in: [...from] } }
      const [, changed] = await prisma.$transaction([
        lockFamily(prisma, saleId),
        prisma.sale.updateMany({ where, data: { status: to } }),
      ])
      return changed.count > 0 ? this.get(saleId) : undefined
    },

    /** Undefined when the sale is closed, unknown, or would end before it starts. */
    async change(saleId: string, change: SaleChange): Promise<SaleRow | undefined> {
      return (await changeRows(prisma, saleId, change)) ? this.get(saleId) : undefined
    },

    close(): Promise<void> {
      return prisma.$disconnect()
    },
  }
}

/** More units go to the sale's own row, a new end to all. False: closed, unknown, or an end too early. */
async function changeRows(
  prisma: PrismaClient,
  saleId: string,
  { addUnits = 0, endsAt }: SaleChange,
): Promise<boolean> {
  const end = endsAt === undefined ? undefined : new Date(endsAt)
  const may = { status: { not: 'closed' }, ...(end && { startsAt: { lt: end } }) }
  const [, , changed] = await prisma.$transaction([
    lockFamily(prisma, saleId),
    prisma.sale.updateMany({ where: { parentId: saleId, ...may }, data: end ? { endsAt: end } : {} }),
    prisma.sale.updateMany({
      where: { saleId, parentId: null, units: { lte: 2_000_000_000 - addUnits }, ...may },
      data: {
        units: { increment: addUnits },
        available: { increment: addUnits },
        ...(end && { endsAt: end }),
      },
    }),
  ])
  return changed.count > 0
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

type Shelved = Sale & { readonly shelf?: Shelf | null }

/** A row as it stands, and what is spread over others summed up in one statement each. */
async function whole(prisma: PrismaClient, sale: Shelved): Promise<SaleRow> {
  const row = toRow(sale)
  if (sale.variant === 'unit-rows') {
    const available = await prisma.unit.count({ where: { saleId: sale.saleId, claimId: null } })
    return { ...row, available }
  }
  if (sale.segments === 1) return row
  const { _sum } = await prisma.sale.aggregate({
    where: family(sale.saleId),
    _sum: { units: true, available: true, reserved: true, sold: true },
  })
  const { units, available, reserved, sold } = _sum
  return { ...row, units: units ?? 0, available: available ?? 0, reserved: reserved ?? 0, sold: sold ?? 0 }
}

/** The stages of the story count on their shelf, naive ones to less than nothing. */
function toRow({ lastStamp, shelf, parentId: _, ...sale }: Shelved): SaleRow {
  const available = shelf ? Math.max(0, shelf.stock) : sale.available
  return { ...sale, available, lastStamp: Number(lastStamp) }
}

/** In the order in which the ledger locks them, so that neither waits for the other in a circle. */
function lockFamily(prisma: PrismaClient, saleId: string) {
  return prisma.$queryRaw`SELECT 1 AS locked FROM sale
    WHERE sale_id = ${saleId}::uuid OR parent_id = ${saleId}::uuid ORDER BY sale_id FOR NO KEY UPDATE`
}
