import Type, { type Static } from 'typebox'
import type { Event } from './events.ts'
import { Count, Line, strict } from './fields.ts'

/** Functions that follow from orders. */
export const FUNCTION_NAMES = ['coupon', 'points', 'notification'] as const
export type FunctionName = (typeof FUNCTION_NAMES)[number]

/** The queue of each one's chores, in the imperative. */
export const FUNCTION_QUEUES = {
  coupon: 'grant-coupon',
  points: 'add-points',
  notification: 'send-notification',
} as const satisfies Record<FunctionName, string>

/** What buyers hear of; what is not heard by a function is not told to it. */
export const FUNCTION_TOPICS = ['order.paid', 'order.refunded', 'order.cancelled', 'order.expired'] as const
export type FunctionTopic = (typeof FUNCTION_TOPICS)[number]
export type FunctionEvent = { readonly [T in FunctionTopic]: Event<T> }[FunctionTopic]

/** A coupon of an order; `revoked` when the order was refunded. */
export const CouponResult = Type.Object(
  {
    code: Type.String({ pattern: '^[A-Z0-9-]{4,32}$' }),
    percent: Count(1, 100),
    state: Type.Enum(['granted', 'revoked']),
  },
  strict,
)
export type CouponResult = Static<typeof CouponResult>

const POINTS_MAX = 2 ** 31 - 1

/** Points to be added to a buyer's; below zero to take them back. */
export const PointsResult = Type.Object({ points: Count(-POINTS_MAX, POINTS_MAX) }, strict)
export type PointsResult = Static<typeof PointsResult>

export const NotificationResult = Type.Object({ text: Line(1_000) }, strict)
export type NotificationResult = Static<typeof NotificationResult>

/** What each function must give back to be believed. */
export const FUNCTION_RESULTS = {
  coupon: CouponResult,
  points: PointsResult,
  notification: NotificationResult,
} as const

export type FunctionResults = { readonly [N in FunctionName]: Static<(typeof FUNCTION_RESULTS)[N]> }

/** What a function gets beside its event: what the functions before it made of the same event. */
export interface FunctionContext {
  readonly results: Partial<FunctionResults>
}
