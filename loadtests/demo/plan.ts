import { seededRandom } from '../generator/random.ts'
import type { DemoOptions } from './options.ts'
import { type Cast, type Cue, SCENES } from './scenes.ts'
import type { Kind, Step } from './step.ts'

export interface Plan {
  /** Sent as fast as the system answers. */
  readonly rush: readonly Step[]
  /**
   * Sent over some seconds, by buyers who took no part in the rush: what they win was somebody else's before.
   */
  readonly later: readonly Step[]
}

/** Shares of all attempts, in percent; the rest is plain. */
const PERCENT = {
  'same-key-at-once': 5,
  'same-key-later': 5,
  'after-time-out': 5,
  'beyond-limit': 8,
  'beyond-quota': 2,
  'other-quantity': 2,
  'bad-token': 4,
  'bad-body': 4,
  'no-key': 1,
} as const satisfies Partial<Record<Kind, number>>
const LATER_PERCENT = 15

/** The same options always make the same plan, of exactly as many steps as attempts were asked for. */
export function makePlan({
  attempts,
  buyers,
  seed,
}: Pick<DemoOptions, 'attempts' | 'buyers' | 'seed'>): Plan {
  const random = seededRandom(seed)
  let keys = 0
  const newKey = () => `demo-${seed}-${++keys}`
  const laterBuyers = Math.ceil((buyers * LATER_PERCENT) / 100)
  const crowd: Cast = { random, newKey, firstBuyer: 0, buyers: buyers - laterBuyers }
  const latecomers: Cast = { random, newKey, firstBuyer: crowd.buyers, buyers: laterBuyers }

  const later = Math.floor((attempts * LATER_PERCENT) / 100)
  const special = Object.entries(PERCENT).flatMap(([kind, percent]) =>
    play(crowd, kind as Kind, Math.floor((attempts * percent) / 100)),
  )
  const plain = play(crowd, 'plain', attempts - later - special.length)
  return { rush: inOrder([...special, ...plain]), later: inOrder(play(latecomers, 'later-buyer', later)) }
}

function play(cast: Cast, kind: Kind, count: number): Cue[] {
  const cues: Cue[] = []
  while (cues.length < count) cues.push(...SCENES[kind](cast))
  return cues.slice(0, count)
}

function inOrder(cues: Cue[]): Step[] {
  return cues.sort((a, b) => a.at - b.at).map(({ step }) => step)
}
