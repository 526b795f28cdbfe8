/** How a hop takes part, in OpenTelemetry's words. */
export type HopKind = 'server' | 'client' | 'producer' | 'consumer'

interface HopRow {
  readonly kind: HopKind
  /** The hop whose span is the parent; the root has none. */
  readonly after?: string
  /** The database it asks, by its name in the semantic conventions. */
  readonly store?: 'postgresql' | 'redis'
}

/**
 * Every step a request or an order can take, and what it follows. A trace holds each at most once, so a hop
 * and a trace name a span, and nobody needs to carry the ids of parents. Only ever add at the end: the place
 * in this table is part of the ids.
 */
export const HOPS = {
  // A request and what it asks of others.
  'gateway request': { kind: 'server' },
  'user request': { kind: 'server', after: 'gateway request' },
  'order request': { kind: 'server', after: 'gateway request' },
  'inventory request': { kind: 'server', after: 'gateway request' },
  'payment request': { kind: 'server', after: 'gateway request' },
  'functions request': { kind: 'server', after: 'gateway request' },
  // Another house: it is not told of our traces.
  'provider request': { kind: 'server' },
  // A purchase, in batches from here on.
  'gateway send': { kind: 'client', after: 'gateway request' },
  'order place': { kind: 'server', after: 'gateway send' },
  'inventory gate': { kind: 'client', after: 'order place', store: 'redis' },
  'inventory ledger': { kind: 'client', after: 'order place', store: 'postgresql' },
  'order rows': { kind: 'client', after: 'order place', store: 'postgresql' },
  'send stock.reserved': { kind: 'producer', after: 'inventory ledger' },
  'process stock.reserved by order': { kind: 'consumer', after: 'send stock.reserved' },
  'send order.placed': { kind: 'producer', after: 'order rows' },
  // Its payment.
  'send payment.requested': { kind: 'producer', after: 'order rows' },
  'process payment.requested by payment': { kind: 'consumer', after: 'send payment.requested' },
  'payment charge': { kind: 'client', after: 'process payment.requested by payment' },
  'payment settle': { kind: 'client', after: 'payment charge', store: 'postgresql' },
  'send payment.settled': { kind: 'producer', after: 'payment settle' },
  'process payment.settled by order-payments': { kind: 'consumer', after: 'send payment.settled' },
  'send payment.failed': { kind: 'producer', after: 'payment settle' },
  'process payment.failed by order-payments': { kind: 'consumer', after: 'send payment.failed' },
  // What follows from it.
  'send order.paid': { kind: 'producer', after: 'process payment.settled by order-payments' },
  'process order.paid by inventory': { kind: 'consumer', after: 'send order.paid' },
  'process order.paid by functions': { kind: 'consumer', after: 'send order.paid' },
  'run coupon for order.paid': { kind: 'consumer', after: 'process order.paid by functions' },
  'run points for order.paid': { kind: 'consumer', after: 'process order.paid by functions' },
  'run notification for order.paid': { kind: 'consumer', after: 'process order.paid by functions' },
  // Other ends.
  'send order.cancelled': { kind: 'producer', after: 'order rows' },
  'process order.cancelled by inventory': { kind: 'consumer', after: 'send order.cancelled' },
  'process order.cancelled by functions': { kind: 'consumer', after: 'send order.cancelled' },
  'run notification for order.cancelled': { kind: 'consumer', after: 'process order.cancelled by functions' },
  'send order.expired': { kind: 'producer', after: 'order rows' },
  'process order.expired by inventory': { kind: 'consumer', after: 'send order.expired' },
  'process order.expired by functions': { kind: 'consumer', after: 'send order.expired' },
  'run notification for order.expired': { kind: 'consumer', after: 'process order.expired by functions' },
  'send order.refunded': { kind: 'producer', after: 'order rows' },
  'process order.refunded by inventory': { kind: 'consumer', after: 'send order.refunded' },
  'process order.refunded by functions': { kind: 'consumer', after: 'send order.refunded' },
  'run coupon for order.refunded': { kind: 'consumer', after: 'process order.refunded by functions' },
  'run points for order.refunded': { kind: 'consumer', after: 'process order.refunded by functions' },
  'run notification for order.refunded': { kind: 'consumer', after: 'process order.refunded by functions' },
  'send refund.requested': { kind: 'producer', after: 'order rows' },
  'process refund.requested by payment': { kind: 'consumer', after: 'send refund.requested' },
  'payment refund': { kind: 'client', after: 'process refund.requested by payment' },
  'send refund.settled': { kind: 'producer', after: 'payment refund' },
  'process refund.settled by order-payments': { kind: 'consumer', after: 'send refund.settled' },
  // A purchase whose stage queues it: its turn, in which the ledger is written.
  'run place-order': { kind: 'consumer', after: 'order place' },
} as const satisfies Record<string, HopRow>

export type Hop = keyof typeof HOPS

export function isHop(name: string): name is Hop {
  return Object.hasOwn(HOPS, name)
}

/** Every process that takes part. */
export type ServiceName = Hop extends infer H ? (H extends `${infer S} request` ? S : never) : never

const REQUEST = ' request'
export const SERVICE_NAMES = (Object.keys(HOPS) as Hop[])
  .filter((hop) => hop.endsWith(REQUEST))
  .map((hop) => hop.slice(0, -REQUEST.length) as ServiceName)

/** What a purchase that was paid and followed to its end leaves behind: its trace is complete with these. */
export const PURCHASE_HOPS = [
  'gateway request',
  'gateway send',
  'order place',
  'inventory gate',
  'inventory ledger',
  'order rows',
  'send stock.reserved',
  'process stock.reserved by order',
  'send order.placed',
  'send payment.requested',
  'process payment.requested by payment',
  'payment charge',
  'payment settle',
  'send payment.settled',
  'process payment.settled by order-payments',
  'send order.paid',
  'process order.paid by inventory',
  'process order.paid by functions',
  'run coupon for order.paid',
  'run points for order.paid',
  'run notification for order.paid',
] as const satisfies readonly Hop[]

/** Attributes of our own; all others are those of OpenTelemetry's semantic conventions. No personal data. */
export const ATTRIBUTES = {
  orderId: 'stampede.order.id',
  saleId: 'stampede.sale.id',
  /** Of a claim: `won`, `queued`, or the code of why not, as in metrics and answers. */
  outcome: 'stampede.outcome',
  /** The code of the problem that a request was answered with. */
  problem: 'stampede.problem',
  /** How many shared a batch. */
  batchSize: 'stampede.batch.size',
  /** Why a trace was kept that was not chosen: `error` or `slow`. */
  keptFor: 'stampede.kept_for',
} as const
