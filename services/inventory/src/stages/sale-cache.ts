import type { SaleRow } from '../domain/sale.ts'

const FRESH_MS = 250
const SALES_MAX = 1_000

type Look = (saleId: string) => Promise<SaleRow | undefined>

/** Remembers for a quarter of a second how a sale stands, or that there is none. */
export function openSaleCache(get: Look): Look {
  const seen = new Map<string, { readonly at: number; readonly sale: Promise<SaleRow | undefined> }>()
  return (saleId) => {
    const now = performance.now()
    const known = seen.get(saleId)
    if (known && now - known.at < FRESH_MS) return known.sale
    const sale = get(saleId)
    sale.catch(() => seen.delete(saleId))
    if (seen.size >= SALES_MAX) seen.clear()
    seen.set(saleId, { at: now, sale })
    return sale
  }
}
