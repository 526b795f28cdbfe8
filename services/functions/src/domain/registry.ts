import {
  FUNCTION_NAMES,
  FUNCTION_QUEUES,
  type FunctionName,
  type FunctionTopic,
} from '@stampede/contracts/functions'

export interface Registered {
  /** The queue of its chores. */
  readonly queue: string
  readonly topics: readonly FunctionTopic[]
  /** It waits for these, as far as they hear the same event, and sees their results. */
  readonly after: readonly FunctionName[]
}

/** The functions there are: what each hears, and after which others it runs. */
export const REGISTRY: Readonly<Record<FunctionName, Registered>> = {
  coupon: { queue: FUNCTION_QUEUES.coupon, topics: ['order.paid', 'order.refunded'], after: [] },
  points: { queue: FUNCTION_QUEUES.points, topics: ['order.paid', 'order.refunded'], after: [] },
  notification: {
    queue: FUNCTION_QUEUES.notification,
    topics: ['order.paid', 'order.refunded', 'order.cancelled', 'order.expired'],
    after: ['coupon', 'points'],
  },
}

/** A call of one function with one event; there is one of each. */
export interface CallKey {
  readonly name: FunctionName
  readonly eventId: string
}

/** Which functions hear an event, and whether each can run at once or waits for others. */
export function callsFor(topic: FunctionTopic): { name: FunctionName; state: 'due' | 'waiting' }[] {
  const heard = FUNCTION_NAMES.filter((name) => REGISTRY[name].topics.includes(topic))
  return heard.map((name) => {
    const waits = REGISTRY[name].after.some((other) => heard.includes(other))
    return { name, state: waits ? 'waiting' : 'due' }
  })
}

/** Which functions may wait for this one. */
export function waitersOf(name: FunctionName): FunctionName[] {
  return FUNCTION_NAMES.filter((other) => REGISTRY[other].after.includes(name))
}
