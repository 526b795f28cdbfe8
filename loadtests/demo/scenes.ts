import { drawInteger, type Random } from '../generator/random.ts'
import { drawPaying } from './paying.ts'
import {
  BAD_BODIES,
  BRIEF_WINDOW_SECONDS,
  type Kind,
  type Paying,
  type SaleName,
  type Step,
  TOKEN_FLAWS,
} from './step.ts'

/** A step and when it comes: from 0, the opening, to 1, the end of the rush. */
export interface Cue {
  readonly at: number
  readonly step: Step
}

/** Attempts that belong together and show one thing. */
export type Scene = (cast: Cast) => Cue[]

/** Where a scene takes its chances and its people from. */
export interface Cast {
  readonly random: Random
  /** Buyers who take part, as indexes from `firstBuyer`. */
  readonly firstBuyer: number
  readonly buyers: number
  /** A key nobody used before. */
  readonly newKey: () => string
}

const BRIEF_SHARE = 0.25
const TWO_UNITS_SHARE = 0.2
/** Of all winners. */
const PAY_SHARE = 0.6
/** Of those who do not pay. */
const CANCEL_SHARE = 0.5
/** Of those who pay. */
const REGRET_SHARE = 0.1
const READ_SHARE = 0.05
const AT_ONCE_MAX = 6
const GREEDY_ATTEMPTS = 6
/** More than the quota, though some of them come too late to be counted. */
const TIRELESS_ATTEMPTS = 80
/** A little later in the rush: the first attempt has been answered or given up by then. */
const SOON = 0.02
const HANG_UP_MS_MAX = 8
const CANCEL_MS_MAX = 3000
/** A cancellation meets its payment as it is asked for, under way or settled. */
const REGRET_MS = { before: 50, after: 450 } as const

export const SCENES: Readonly<Record<Kind, Scene>> = {
  plain: (cast) => [{ at: cast.random(), step: wish(cast, 'plain', true) }],

  'same-key-at-once': (cast) => {
    const at = early(cast)
    const step = wish(cast, 'same-key-at-once')
    return Array.from({ length: 2 + drawInteger(cast.random, AT_ONCE_MAX - 1) }, () => ({ at, step }))
  },

  'same-key-later': (cast) => {
    const at = early(cast)
    const step = wish(cast, 'same-key-later')
    return [at, at + (1 - at) * cast.random()].map((when) => ({ at: when, step }))
  },

  'after-time-out': (cast) => {
    const at = early(cast)
    const step = wish(cast, 'after-time-out')
    const hangUpMs = drawInteger(cast.random, HANG_UP_MS_MAX)
    return [
      { at, step: { ...step, hangUpMs } },
      { at: at + SOON, step },
    ]
  },

  'beyond-limit': (cast) => again(cast, 'beyond-limit', GREEDY_ATTEMPTS),

  'beyond-quota': (cast) => again(cast, 'beyond-quota', TIRELESS_ATTEMPTS),

  'other-quantity': (cast) => {
    const at = early(cast)
    const step = { ...wish(cast, 'other-quantity'), quantity: 1 }
    return [
      { at, step },
      { at: at + SOON, step: { ...step, quantity: 2 } },
    ]
  },

  'bad-token': (cast) => {
    const tokenFlaw = pick(cast.random, TOKEN_FLAWS)
    return [{ at: early(cast), step: { ...wish(cast, 'bad-token'), tokenFlaw } }]
  },

  'bad-body': (cast) => {
    const badBody = pick(cast.random, BAD_BODIES)
    return [{ at: early(cast), step: { ...wish(cast, 'bad-body'), badBody } }]
  },

  'no-key': (cast) => [{ at: early(cast), step: { ...wish(cast, 'no-key'), withoutKey: true } }],

  'later-buyer': (cast) => [{ at: cast.random(), step: wish(cast, 'later-buyer') }],
}

/** One buyer, many wishes, shortly one after the other. */
function again(cast: Cast, kind: Kind, attempts: number): Cue[] {
  const at = early(cast)
  const first = wish(cast, kind)
  return Array.from({ length: attempts }, () => ({
    at: at + SOON * cast.random(),
    step: { ...first, key: cast.newKey() },
  }))
}

/** Most of what is special comes soon after the opening, while there is something to win. */
function early({ random }: Cast): number {
  return random() ** 3
}

function wish({ random, firstBuyer, buyers, newKey }: Cast, kind: Kind, mayCancel = false): Step {
  const sale = random() < BRIEF_SHARE ? 'brief' : 'main'
  const step: Step = {
    kind,
    sale,
    buyer: firstBuyer + drawInteger(random, buyers),
    key: newKey(),
    quantity: random() < TWO_UNITS_SHARE ? 2 : 1,
    reads: random() < READ_SHARE,
  }
  const phase = kind === 'later-buyer' ? 'later' : 'rush'
  const paying = random() < PAY_SHARE ? drawPaying(random, sale, phase) : undefined
  const cancels = mayCancel && random() < (paying ? REGRET_SHARE : CANCEL_SHARE)
  return {
    ...step,
    ...(paying && { paying }),
    ...(cancels && { cancelAfterMs: drawCancel(random, sale, paying) }),
  }
}

/**
 * In the brief sale a cancellation comes as the window closes, and of an order that is being paid as the
 * money comes: one of the two must win, never both.
 */
function drawCancel(random: Random, sale: SaleName, paying: Paying | undefined): number {
  if (paying) return paying.afterMs - REGRET_MS.before + drawInteger(random, REGRET_MS.after)
  if (sale === 'brief') return BRIEF_WINDOW_SECONDS * 1000 - 100 + drawInteger(random, 200)
  return drawInteger(random, CANCEL_MS_MAX)
}

function pick<T>(random: Random, from: readonly T[]): T {
  return from[drawInteger(random, from.length)] as T
}
