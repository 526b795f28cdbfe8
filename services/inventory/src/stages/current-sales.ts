import type { Sales } from '../adapters/sales-prisma.ts'
import type { SaleRow } from '../domain/sale.ts'

const PAGE = 1_000

/** All sales whose gate should stand, a thousand at a time. */
export async function* readCurrent(sales: Pick<Sales, 'current'>): AsyncGenerator<readonly SaleRow[]> {
  let page: readonly SaleRow[] = []
  do {
    page = await sales.current(page.at(-1)?.saleId, PAGE)
    yield page
  } while (page.length === PAGE)
}
