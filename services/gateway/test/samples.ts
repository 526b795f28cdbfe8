import { newId } from '@stampede/contracts/ids'

// One of each thing the services tell.

export const ID = newId()
const AT = '2026-11-27T18:00:00.000Z'
const GOODS = { title: 'T', sku: 'S', units: 1, priceCents: 100, currency: 'EUR' }

export const NEW_SALE = { ...GOODS, startsAt: AT, endsAt: AT, limitPerUser: 1 }

export const SALE = {
  saleId: ID,
  ...NEW_SALE,
  stage: 'hybrid',
  variant: 'guarded',
  paymentWindowSeconds: 900,
  segments: 1,
  state: 'open',
  unitsLeft: 1,
  serverTime: AT,
}

export const ORDER = {
  orderId: ID,
  saleId: ID,
  quantity: 1,
  totalCents: 100,
  currency: 'EUR',
  state: 'pending',
  placedAt: AT,
  expiresAt: AT,
  version: 0,
  history: [{ state: 'pending', at: AT, cause: 'placed' }],
  traceId: 'a'.repeat(32),
}

const COUNTS = { initial: 1, available: 1, reserved: 0, sold: 0, oversold: 0, orphaned: 0 }
export const AUDIT = { saleId: ID, ...COUNTS, duplicates: 0, limitBreaches: 0, consistent: true }

export const SESSION = { accessToken: 'a', refreshToken: 'r', expiresIn: 600 }
