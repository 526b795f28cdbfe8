import type { Outcome } from '@stampede/contracts/payments'
import { drawInteger, type Random } from '../generator/random.ts'
import { BRIEF_WINDOW_SECONDS, PAYING_HOLD_SECONDS, type Paying, type SaleName } from './step.ts'

/** Shares of all payments, in percent. Seven in ten succeed, some of them after a webhook that is none. */
const OUTCOME_PERCENT = {
  succeed: 64,
  duplicate: 2,
  'out-of-order': 2,
  'wrong-amount': 2,
  fail: 10,
  late: 10,
  never: 10,
} as const satisfies Record<Outcome, number>

const REPEATS_SHARE = 0.2
const AGAIN_SHARE = 0.5
const REFUND_SHARE = 0.15
const REFUND_MS_MAX = 1000
/** Buyers take their time: most of what they pay comes when the rush is over. Those who come later hurry. */
const PAY_MS = { rush: { least: 7000, most: 11_000 }, later: { least: 500, most: 2500 } } as const
const WINDOW_MS = BRIEF_WINDOW_SECONDS * 1000
const HOLD_MS = PAYING_HOLD_SECONDS * 1000
/** Asked for so shortly before the end of the window, a payment is what the order waits for in the end. */
const LAST_MS = { least: WINDOW_MS - HOLD_MS + 200, most: WINDOW_MS - 100 } as const
/** In the main sale nobody waits until money is too late: there it is slow. */
const SLOW = { outcome: 'succeed', delayMs: HOLD_MS + 1000 } as const
const RACE_MS = { least: -250, most: 50 } as const

export function drawPaying(random: Random, sale: SaleName, phase: keyof typeof PAY_MS): Paying {
  const outcome = drawOutcome(random)
  const paying: Paying = {
    outcome,
    ...(sale === 'main' ? { afterMs: drawBetween(random, PAY_MS[phase]) } : drawTimes(random, outcome)),
    ...(sale === 'main' && outcome === 'late' && SLOW),
    repeats: random() < REPEATS_SHARE,
    again: random() < AGAIN_SHARE,
  }
  return random() < REFUND_SHARE ? { ...paying, refundAfterMs: drawInteger(random, REFUND_MS_MAX) } : paying
}

export function drawOutcome(random: Random): Outcome {
  let left = random() * 100
  for (const [outcome, percent] of Object.entries(OUTCOME_PERCENT)) {
    left -= percent
    if (left < 0) return outcome as Outcome
  }
  return 'succeed'
}

/**
 * In the brief sale. A third of the payments come as the window closes, and a third settle as the order stops
 * waiting for them: money or expiry, one of the two must win, never both.
 */
function drawTimes(random: Random, outcome: Outcome): Pick<Paying, 'afterMs' | 'delayMs'> {
  const afterMs = drawBetween(random, LAST_MS)
  if (outcome === 'late') return { afterMs }
  return [
    { afterMs: drawBetween(random, { least: 200, most: WINDOW_MS }) },
    { afterMs: WINDOW_MS + drawBetween(random, RACE_MS) },
    { afterMs, delayMs: HOLD_MS + drawBetween(random, RACE_MS) },
  ][drawInteger(random, 3)] as Pick<Paying, 'afterMs' | 'delayMs'>
}

function drawBetween(random: Random, { least, most }: { least: number; most: number }): number {
  return least + drawInteger(random, most - least)
}
