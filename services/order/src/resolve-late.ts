import type { LatePayment } from './domain/payment.ts'

/** What is done with late payments, inside a transaction that keeps them and their orders as they are. */
export interface LatePorts {
  /** Payments nobody else has in hand, at most one of each order. */
  readonly take: (which: 'expired' | 'others') => Promise<readonly LatePayment[]>
  /** Whether the units of expired orders are held again, in order; null: that cannot be told now. */
  readonly hold: (expired: readonly LatePayment[]) => Promise<readonly (boolean | null)[]>
  readonly pay: (revived: readonly LatePayment[]) => Promise<void>
  /** They are taken again after all others. */
  readonly putOff: (undecided: readonly LatePayment[]) => Promise<void>
  readonly giveBack: (why: 'late' | 'surplus', late: readonly LatePayment[]) => Promise<void>
}

/** Money for an order that was cancelled, or paid otherwise, goes back. Answers how much was seen to. */
export async function returnLate({ take, giveBack }: LatePorts): Promise<number> {
  const late = await take('others')
  const cancelled = late.filter(({ state }) => state === 'cancelled')
  await giveBack('late', cancelled)
  await giveBack(
    'surplus',
    late.filter((each) => !cancelled.includes(each)),
  )
  return late.length
}

/**
 * Money for an order that has expired pays it after all if its units can be had again, else it goes back.
 * While that cannot be told it waits, and keeps no other waiting. With inventory away this rejects, and all
 * stay for the next time. Answers how much was decided.
 */
export async function reviveLate({ take, hold, pay, putOff, giveBack }: LatePorts): Promise<number> {
  const late = await take('expired')
  if (late.length === 0) return 0
  const held = await hold(late)
  const those = (answer: boolean | null) => late.filter((_, i) => held[i] === answer)
  const undecided = those(null)
  await pay(those(true))
  await giveBack('late', those(false))
  await putOff(undecided)
  return late.length - undecided.length
}
