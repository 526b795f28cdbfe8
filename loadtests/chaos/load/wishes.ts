import { drawOutcome } from '../../demo/paying.ts'
import type { Paying } from '../../demo/step.ts'
import { drawInteger, type Random } from '../../generator/random.ts'

/** What a buyer is going to do, drawn by chance. Times in milliseconds. */
export interface Behaviour {
  readonly quantity: number
  /** The same wish once more: in the same moment, some time later, or with another quantity. */
  readonly twin?: { readonly afterMs: number; readonly quantity: number }
  /** Never asks again when there was no decision. */
  readonly isImpatient: boolean
  readonly reads: boolean
  /** Looks at the order so many times. */
  readonly watches?: number
  readonly cancelAfterMs?: number
  readonly paying?: Paying
}

const HOT_SHARE = 0.6
const TWO_UNITS_SHARE = 0.2
const TWIN_SHARE = 0.1
/** Of the twins. */
const AT_ONCE_SHARE = 0.5
const OTHER_QUANTITY_SHARE = 0.1
const TWIN_MS_MAX = 8_000
const IMPATIENT_SHARE = 0.25
const READ_SHARE = 0.1
const WATCH_SHARE = 0.05
const WATCHES_MAX = 6
const CANCEL_SHARE = 0.05
/** Of all orders; the rest runs out of time or is cancelled. */
const PAY_SHARE = 0.8
const REPEAT_SHARE = 0.1
const AGAIN_SHARE = 0.5
const REFUND_SHARE = 0.1
const REFUND_MS_MAX = 3_000
/** A payment, or a cancellation, comes as the time to pay is over. */
const LAST_MOMENT_SHARE = 0.2
const RACE_MS = 250
const SOON_MS = 3_000

/** Which of `count` sales: the first is wanted by six in ten, the others by Zipf's law. */
export function drawSale(random: Random, count: number): number {
  if (count === 1 || random() < HOT_SHARE) return 0
  let left = random() * harmonic(count - 1)
  for (let rank = 1; rank < count; rank++) {
    left -= 1 / rank
    if (left < 0) return rank
  }
  return count - 1
}

/** The share of all wishes that go to each of `count` sales. They sum to one. */
export function saleShares(count: number): number[] {
  if (count === 1) return [1]
  const all = harmonic(count - 1)
  return [HOT_SHARE, ...Array.from({ length: count - 1 }, (_, i) => (1 - HOT_SHARE) / ((i + 1) * all))]
}

/** `windowMs` is the time to pay. */
export function drawBehaviour(random: Random, windowMs: number): Behaviour {
  const quantity = random() < TWO_UNITS_SHARE ? 2 : 1
  const twin = random() < TWIN_SHARE ? drawTwin(random, quantity) : undefined
  const cancels = random() < CANCEL_SHARE
  const pays = random() < PAY_SHARE
  return {
    ...{ quantity, isImpatient: random() < IMPATIENT_SHARE, reads: random() < READ_SHARE },
    ...(twin && { twin }),
    ...(random() < WATCH_SHARE && { watches: 2 + drawInteger(random, WATCHES_MAX - 1) }),
    ...(cancels && { cancelAfterMs: drawMoment(random, windowMs) }),
    ...(pays && { paying: drawPaying(random, windowMs) }),
  }
}

function drawTwin(random: Random, quantity: number) {
  const afterMs = random() < AT_ONCE_SHARE ? 0 : drawInteger(random, TWIN_MS_MAX)
  return { afterMs, quantity: random() < OTHER_QUANTITY_SHARE ? 3 - quantity : quantity }
}

function drawPaying(random: Random, windowMs: number): Paying {
  const paying: Paying = {
    afterMs: drawMoment(random, windowMs),
    outcome: drawOutcome(random),
    repeats: random() < REPEAT_SHARE,
    again: random() < AGAIN_SHARE,
  }
  return random() < REFUND_SHARE ? { ...paying, refundAfterMs: drawInteger(random, REFUND_MS_MAX) } : paying
}

function drawMoment(random: Random, windowMs: number): number {
  if (random() < LAST_MOMENT_SHARE) return windowMs - RACE_MS + drawInteger(random, 2 * RACE_MS)
  return drawInteger(random, Math.min(SOON_MS, windowMs))
}

function harmonic(count: number): number {
  let sum = 0
  for (let rank = 1; rank <= count; rank++) sum += 1 / rank
  return sum
}
