import type { Client } from 'pg'

/** What the ledger says about one sale. Units, except where orders are named. */
export interface SaleAccount {
  readonly saleId: string
  readonly initial: number
  readonly available: number
  readonly everReserved: number
  readonly orders: number
  readonly cancelledOrders: number
  readonly cancelledUnits: number
  readonly expiredOrders: number
  readonly expiredUnits: number
  readonly paidOrders: number
  readonly soldUnits: number
}

/** What became of money, and what followed from it, over all sales. Counts, except where cents are named. */
export interface MoneyAccount {
  readonly keptCents: number
  readonly payments: number
  readonly failed: number
  /** Orders that were paid after a payment of theirs had failed. */
  readonly paidAgain: number
  readonly revived: number
  /** Money that went back because its order had ended, or was paid already. */
  readonly tooLate: number
  readonly refundedByBuyers: number
  /** Payments of which the provider never told. */
  readonly foundByPolling: number
  readonly couponsGranted: number
  readonly couponsRevoked: number
  readonly points: number
  readonly messages: number
}

const SALES = `
SELECT s.sale_id AS "saleId", s.units AS initial, s.available, o.*
FROM inventory.sale s JOIN asked_sale USING (sale_id), LATERAL (
  SELECT coalesce(sum(quantity), 0)::int AS "everReserved", count(*)::int AS orders,
         (count(*) FILTER (WHERE state = 'cancelled'))::int AS "cancelledOrders",
         coalesce(sum(quantity) FILTER (WHERE state = 'cancelled'), 0)::int AS "cancelledUnits",
         (count(*) FILTER (WHERE state = 'expired'))::int AS "expiredOrders",
         coalesce(sum(quantity) FILTER (WHERE state = 'expired'), 0)::int AS "expiredUnits",
         (count(*) FILTER (WHERE state = 'paid'))::int AS "paidOrders",
         coalesce(sum(quantity) FILTER (WHERE state = 'paid'), 0)::int AS "soldUnits"
  FROM our_order WHERE sale_id = s.sale_id) o`

const MONEY = `
SELECT (SELECT coalesce(sum(quantity * unit_price_cents), 0)::float8 FROM our_order WHERE state = 'paid')
         AS "keptCents",
       (SELECT count(*)::int FROM till_payment) AS payments,
       (SELECT count(*)::int FROM till_payment WHERE state = 'failed') AS failed,
       (SELECT count(*)::int FROM our_order WHERE paid_by IS NOT NULL AND order_id IN (
          SELECT order_id FROM till_payment WHERE state = 'failed')) AS "paidAgain",
       (SELECT count(*)::int FROM our_step WHERE cause = 'revived') AS revived,
       (SELECT count(*)::int FROM till_refund WHERE cause IN ('late', 'surplus')) AS "tooLate",
       (SELECT count(*)::int FROM till_refund WHERE cause = 'buyer') AS "refundedByBuyers",
       (SELECT count(*)::int FROM till_payment WHERE outcome = 'never' AND state = 'settled')
         AS "foundByPolling",
       (SELECT count(*)::int FROM our_coupon WHERE state = 'granted') AS "couponsGranted",
       (SELECT count(*)::int FROM our_coupon WHERE state = 'revoked') AS "couponsRevoked",
       (SELECT coalesce(sum(points), 0)::int FROM our_points) AS points,
       (SELECT count(*)::int FROM our_message) AS messages`

export async function readAccounts(client: Client) {
  const { rows: accounts } = await client.query<SaleAccount>(SALES)
  const { rows } = await client.query<MoneyAccount>(MONEY)
  return { accounts, money: rows[0] as MoneyAccount }
}
