import Type, { type Static } from 'typebox'
import { Id, Time, TraceId } from './fields.ts'
import { ORDER_STATES } from './orders.ts'
import type { Hop } from './telemetry.ts'

/** How a step of an order's story is said. */
export interface Saying {
  /** What has happened: `reserved`. */
  readonly done: string
  /** How later steps refer to it: `it was reserved`. */
  readonly after: string
  /** What it waits for while it has no end, and what it is called when it failed. */
  readonly open?: string
  readonly failed?: string
  /**
   * It is told how long after the first of these that the story has. Without it: how long it took, or, where
   * it took no time, how long after the hop it follows.
   */
  readonly since?: readonly string[]
  /** It lasts while others happen: what is told after it is told after its begin. */
  readonly encloses?: true
}

const PLACED = ['order rows', 'inventory ledger']
const PAID = ['process payment.settled by order-payments', 'order revived']

const own = {
  'wait in queue': {
    ...{ done: 'joined the queue and was decided', after: 'it had joined the queue', encloses: true },
    ...{ open: 'waits in the queue', failed: 'joined the queue and was refused' },
  },
  'buyer pays': { done: 'payment asked for', after: 'the payment was asked for', since: PLACED },
  'buyer cancels': { done: 'cancelled by the buyer', after: 'it was cancelled', since: PLACED },
  'order expires': { done: 'expired unpaid', after: 'it had expired', since: PLACED },
  'money late': { done: 'money came too late', after: 'the money came', since: ['send payment.settled'] },
  'units held again': { done: 'units held again', after: 'the units were held again', since: ['money late'] },
  'order revived': { done: 'paid after all', after: 'it was paid after all', since: ['money late'] },
  'money returned': { done: 'money sent back', after: 'the money was sent back', since: ['money late'] },
  'buyer refunds': { done: 'given back by the buyer', after: 'it was given back', since: PAID },
} satisfies Record<string, Saying>

const purchase = {
  'gateway request': { done: 'buyer answered', after: 'the buyer asked', encloses: true },
  'gateway send': { done: 'the gateway had its batch back', after: 'the gateway sent it on', encloses: true },
  'order place': { done: 'placed', after: 'the order service had it', encloses: true },
  'inventory gate': { done: 'let through the gate', after: 'the gate let it through' },
  'run place-order': { done: 'its turn taken', after: 'its turn came', encloses: true },
  'inventory ledger': {
    done: 'reserved',
    after: 'it was reserved',
    since: ['gateway request', 'wait in queue'],
  },
  'order rows': { done: 'order written', after: 'the order was written', since: ['inventory ledger'] },
  ...sending('stock.reserved', 'the order service'),
  'process stock.reserved by order': {
    ...{ done: 'the order service heard of it', after: 'the order service had heard of it' },
    failed: 'the order service could not read of the reservation',
  },
  ...sending('order.placed'),
} satisfies Record<string, Saying>

const money = {
  ...sending('payment.requested', 'payment'),
  'process payment.requested by payment': {
    ...{ done: 'payment noted', after: 'the payment was noted', failed: 'payment could not note it' },
    since: ['send payment.requested', 'buyer pays'],
  },
  'payment charge': {
    ...{ done: 'charged', after: 'it was charged', open: 'waits for the provider', failed: 'payment failed' },
  },
  'payment settle': { done: 'outcome written', after: 'the outcome was written' },
  ...sending('payment.settled', 'the order service'),
  'process payment.settled by order-payments': {
    ...{ done: 'paid', after: 'it was paid', failed: 'the order service could not take the payment' },
    since: ['buyer pays'],
  },
  ...sending('payment.failed', 'the order service'),
  'process payment.failed by order-payments': {
    ...{ done: 'failure noted', after: 'the payment had failed', since: ['buyer pays'] },
    failed: 'the order service could not hear of the failure',
  },
} satisfies Record<string, Saying>

const refund = {
  ...sending('refund.requested', 'payment'),
  'process refund.requested by payment': {
    ...{ done: 'refund noted', after: 'the refund was noted', failed: 'payment could not note the refund' },
    since: ['send refund.requested', 'buyer refunds', 'money returned'],
  },
  'payment refund': {
    ...{ done: 'money back by the word of the provider', after: 'the money was back' },
    open: 'waits for the provider to give the money back',
  },
  ...sending('refund.settled', 'the order service'),
  'process refund.settled by order-payments': {
    ...{
      done: 'refund complete',
      after: 'the refund was complete',
      since: ['buyer refunds', 'money returned'],
    },
    failed: 'the order service could not hear of the refund',
  },
} satisfies Record<string, Saying>

const follow = {
  ...sending('order.paid', 'inventory and functions'),
  ...hearing('order.paid', { units: 'units sold', since: PAID }),
  ...running('coupon', 'order.paid', { done: 'coupon granted', since: PAID }),
  ...running('points', 'order.paid', { done: 'points added', since: PAID }),
  ...running('notification', 'order.paid', { done: 'buyer told of it', since: PAID }),
  ...sending('order.cancelled', 'inventory and functions'),
  ...hearing('order.cancelled', { units: 'units put back', since: ['buyer cancels'] }),
  ...running('notification', 'order.cancelled', { done: 'buyer told of it', since: ['buyer cancels'] }),
  ...sending('order.expired', 'inventory and functions'),
  ...hearing('order.expired', { units: 'units put back', since: ['order expires'] }),
  ...running('notification', 'order.expired', { done: 'buyer told of it', since: ['order expires'] }),
  ...sending('order.refunded', 'inventory and functions'),
  ...hearing('order.refunded', { units: 'units put back', since: ['buyer refunds'] }),
  ...running('coupon', 'order.refunded', { done: 'coupon revoked', since: ['buyer refunds'] }),
  ...running('points', 'order.refunded', { done: 'points taken back', since: ['buyer refunds'] }),
  ...running('notification', 'order.refunded', { done: 'buyer told of it', since: ['buyer refunds'] }),
}

type Requests = Exclude<Extract<Hop, `${string} request`>, 'gateway request'>

/**
 * All that can stand in an order's story: the hops a trace can have, under their names, and steps of the
 * books that are no hops. In the order in which they happen when they happen in one instant.
 */
export const STEPS: Readonly<Record<StepName, Saying>> = {
  ...purchase,
  ...own,
  ...money,
  ...follow,
  ...refund,
}
export type StepName = keyof typeof own | Exclude<Hop, Requests>

export function isStep(name: string): name is StepName {
  return Object.hasOwn(STEPS, name)
}

/** Why something failed, as far as a buyer may know it; by the words of payments and of problems. */
export const REASONS: Readonly<Record<string, string>> = {
  declined: 'the provider declined it',
  'too-late': 'the order had stopped waiting',
  'wrong-amount': 'another amount was taken',
  sold_out: 'all were sold',
  limit_reached: 'it was more than a buyer may have',
  overloaded: 'there was too much to do',
}

/** A step as its service's books tell it. Times to the millisecond. */
export const Step = Type.Object({
  what: Type.Enum(Object.keys(STEPS) as StepName[]),
  at: Time,
  /** When it was over. */
  until: Type.Optional(Time),
  /** It has begun and waits for its end. */
  open: Type.Optional(Type.Literal(true)),
  failed: Type.Optional(Type.Literal(true)),
  /** Why, a key of `REASONS`. */
  reason: Type.Optional(Type.String()),
  tries: Type.Optional(Type.Integer()),
  /** When an operator had what failed tried again, and it worked. */
  replayedAt: Type.Optional(Time),
})
export type Step = Static<typeof Step>

/** The services whose books an order's story is told from. */
export const STORY_SERVICES = ['order', 'inventory', 'payment', 'functions'] as const
export type StoryService = (typeof STORY_SERVICES)[number]

const STATES = [...ORDER_STATES, 'queued', 'refused'] as const

/**
 * What one service knows of an order, in any order: `GET /internal/orders/:orderId/story`. `userId` is its
 * owner, where its books say.
 */
export const ServiceStory = Type.Object({
  userId: Type.Optional(Id),
  traceId: Type.Optional(TraceId),
  state: Type.Optional(Type.Enum([...STATES])),
  steps: Type.Array(Step),
})
export type ServiceStory = Static<typeof ServiceStory>

/** Whether spans were added: none are asked for, it has none of this order, it did not answer. */
export const TRACE_FOUND = ['added', 'unconfigured', 'not-kept', 'away'] as const

/** A step in its place, in words. */
export const ToldStep = Type.Object({
  ...Type.Pick(Step, ['what', 'at', 'until', 'open', 'failed', 'tries', 'replayedAt']).properties,
  /** Who did it. */
  service: Type.String(),
  words: Type.String(),
  /** Only the trace knows of it. */
  traced: Type.Optional(Type.Literal(true)),
  /** How much of its time it was worked on, as far as the trace tells. */
  workMs: Type.Optional(Type.Number()),
})
export type ToldStep = Static<typeof ToldStep>

/** A time in which nothing begins or ends, long beside the rest. */
export const Pause = Type.Object({ at: Time, until: Time, words: Type.String() })
export type Pause = Static<typeof Pause>

/** The path of an order, in the order of its steps. `missing`: services that did not answer. */
export const OrderStory = Type.Object({
  orderId: Id,
  state: ServiceStory.properties.state,
  traceId: ServiceStory.properties.traceId,
  steps: Type.Array(ToldStep),
  pauses: Type.Array(Pause),
  missing: Type.Array(Type.Enum([...STORY_SERVICES])),
  trace: Type.Enum([...TRACE_FOUND]),
})
export type OrderStory = Static<typeof OrderStory>

function sending<T extends string>(topic: T, to?: string) {
  const words = `${topic} told to Kafka${to ? ` for ${to}` : ''}`
  const saying: Saying = { done: words, after: `Kafka was told ${topic}`, open: `${topic} waits for Kafka` }
  return { [`send ${topic}`]: saying } as Record<`send ${T}`, Saying>
}

function hearing<T extends string>(topic: T, { units, since }: { units: string; since: readonly string[] }) {
  const inventory = { done: units, after: `inventory had ${units}`, failed: 'inventory could not follow' }
  const functions = {
    done: 'functions called',
    after: 'functions were called',
    failed: 'functions could not be called',
  }
  const both = {
    [`process ${topic} by inventory`]: { ...inventory, since },
    [`process ${topic} by functions`]: { ...functions, since },
  }
  return both as Record<`process ${T} by ${'inventory' | 'functions'}`, Saying>
}

function running<F extends string, T extends string>(
  name: F,
  topic: T,
  { done, since }: { done: string; since: readonly string[] },
) {
  const open = name === 'notification' ? 'notification waits for the others' : `${name} is under way`
  const saying: Saying = { done, after: done, since, open, failed: `${name} was given up` }
  return { [`run ${name} for ${topic}`]: saying } as Record<`run ${F} for ${T}`, Saying>
}
