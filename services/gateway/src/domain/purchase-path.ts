/** As the router names it. */
export const ROUTE = '/api/sales/:saleId/orders'
const BEFORE = '/api/sales/'
const AFTER = '/orders'
const ID_LENGTH = 36
const LENGTH = BEFORE.length + ID_LENGTH + AFTER.length

/** The sale an attempt is for, if this URL is that of a purchase in its plain spelling. */
export function saleOfPurchase(url: string): string | undefined {
  if (url.length !== LENGTH || !url.startsWith(BEFORE) || !url.endsWith(AFTER)) return undefined
  return url.slice(BEFORE.length, BEFORE.length + ID_LENGTH)
}
