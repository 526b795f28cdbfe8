import type { Sale, SaleState } from '@stampede/contracts/sales'

/** A sale's row, as the ledger keeps it. */
export interface SaleRow {
  readonly saleId: string
  readonly title: string
  readonly sku: string
  readonly units: number
  readonly available: number
  readonly reserved: number
  readonly sold: number
  readonly priceCents: number
  readonly currency: string
  readonly startsAt: Date
  readonly endsAt: Date
  readonly limitPerUser: number
  readonly paymentWindowSeconds: number
  readonly stage: string
  readonly variant: string
  readonly status: string
  readonly epoch: number
  readonly lastStamp: number
  readonly segments: number
}

/** Whether units may be claimed at `now`, in epoch milliseconds. */
export function isOpen({ status, startsAt, endsAt }: SaleRow, now: number): boolean {
  return status === 'open' && now >= startsAt.getTime() && now < endsAt.getTime()
}

export function saleState(sale: SaleRow, now: Date): SaleState {
  if (sale.status === 'closed' || now >= sale.endsAt) return 'closed'
  if (sale.status === 'paused') return 'paused'
  if (now < sale.startsAt) return 'scheduled'
  return sale.available === 0 ? 'sold_out' : 'open'
}

export function toSale(sale: SaleRow, now: Date): Sale {
  return {
    saleId: sale.saleId,
    title: sale.title,
    sku: sale.sku,
    units: sale.units,
    priceCents: sale.priceCents,
    currency: sale.currency,
    startsAt: sale.startsAt.toISOString(),
    endsAt: sale.endsAt.toISOString(),
    limitPerUser: sale.limitPerUser,
    stage: sale.stage,
    variant: sale.variant,
    paymentWindowSeconds: sale.paymentWindowSeconds,
    segments: sale.segments,
    state: saleState(sale, now),
    unitsLeft: sale.available,
    serverTime: now.toISOString(),
  }
}

/** What an operator may do to a sale, and in which states. */
export const OPERATIONS = {
  pause: { from: ['open'], to: 'paused' },
  resume: { from: ['paused'], to: 'open' },
  close: { from: ['open', 'paused'], to: 'closed' },
} as const
export type Operation = keyof typeof OPERATIONS
