import { drawInteger, type Random, seededRandom, shuffle } from '../generator/random.ts'
import type { Fault } from './fault.ts'

/** A kind as the plan must know it. */
export interface Drawable {
  readonly kind: string
  readonly weight: number
  readonly leastMs: number
  readonly mostMs: number
  readonly targets: readonly string[]
  readonly touches: (target: string) => readonly string[]
}

export interface PlanTerms {
  readonly seed: number
  readonly lastsMs: number
  readonly faults: number
}

const BEGIN_MS = 3000
/**
 * No fault begins in the last seconds of a run, nor in those of a minute: there it can be seen to recover.
 */
const CALM_END_MS = 20_000
const MINUTE = { lastsMs: 60_000, busyMs: 52_000 } as const
/** What is mended needs a while before it can be broken again. */
const REST_MS = 4000
/** Of all that last: very short, short, and up to the longest. */
const LENGTHS = [
  { share: 0.7, longestMs: 3000 },
  { share: 0.25, longestMs: 10_000 },
  { share: 0.05, longestMs: Number.POSITIVE_INFINITY },
] as const
/** No single fault takes more of a run than this. */
const LONGEST_SHARE = 1 / 6
/** Who was passed over so often because its target was still broken waits for it. */
const PASSED_OVER_MAX = 12

interface Card {
  readonly of: Drawable
  readonly target: string
  passedOver: number
}

/**
 * The same terms and kinds always make the same plan, in order of time: what the machine cannot play is in it
 * too, else the seed would mean another plan on another machine. Every kind comes in each round, as
 * often as it weighs, and takes its targets in turn, so that each appears before one repeats.
 */
export function makePlan({ seed, lastsMs, faults }: PlanTerms, kinds: readonly Drawable[]): Fault[] {
  const random = seededRandom(seed)
  const deck = openDeck(random, kinds)
  const free = new Map<string, number>()
  const plan: Fault[] = []
  const busyMs = shrink(lastsMs - CALM_END_MS)
  const gapMs = (busyMs - BEGIN_MS) / faults
  for (let index = 0; kinds.length > 0 && index < faults; index++) {
    const dueMs = stretch(BEGIN_MS + (index + random()) * gapMs)
    const card = deck.take((each) => untilFree(each, free), { dueMs, lastMs: lastsMs - CALM_END_MS })
    const atMs = Math.round(Math.max(dueMs, untilFree(card, free)))
    const longestMs = Math.min(lastsMs * LONGEST_SHARE, lastsMs - atMs)
    const forMs = drawLength(random, card.of, longestMs)
    for (const name of card.of.touches(card.target)) free.set(name, atMs + forMs + REST_MS)
    plan.push({
      ...{ kind: card.of.kind, target: card.target, atMs, forMs },
      seed: drawInteger(random, 2 ** 32),
    })
  }
  return plan.sort((a, b) => a.atMs - b.atMs)
}

/** Shuffled rounds of kinds, each of which shuffles rounds of its targets. */
function openDeck(random: Random, kinds: readonly Drawable[]) {
  const cards: Card[] = []
  const targets = new Map<string, string[]>()
  const nextTarget = ({ kind, targets: all }: Drawable) => {
    const left = targets.get(kind) ?? []
    if (left.length === 0) left.push(...shuffle(random, [...all]))
    targets.set(kind, left)
    return left.shift() as string
  }
  function deal(): void {
    const round = kinds.flatMap((of) => Array.from({ length: of.weight }, () => of))
    for (const of of shuffle(random, round)) cards.push({ of, target: nextTarget(of), passedOver: 0 })
  }
  return {
    /**
     * The first that may begin now, or was passed over too often and can wait; else the one that is free
     * first.
     */
    take(freeAt: (card: Card) => number, { dueMs, lastMs }: { dueMs: number; lastMs: number }): Card {
      // What would have to wait until the end gives way to others.
      if (!cards.some((card) => freeAt(card) <= lastMs)) deal()
      const mayWait = (card: Card) => card.passedOver >= PASSED_OVER_MAX && freeAt(card) <= lastMs
      const found = cards.findIndex((card) => freeAt(card) <= dueMs || mayWait(card))
      const times = cards.map(freeAt)
      const at = found === -1 ? times.indexOf(Math.min(...times)) : found
      for (const passed of cards.slice(0, at)) passed.passedOver += 1
      return cards.splice(at, 1)[0] as Card
    },
  }
}

function untilFree({ of, target }: Card, free: ReadonlyMap<string, number>): number {
  return Math.max(0, ...of.touches(target).map((name) => free.get(name) ?? 0))
}

function drawLength(random: Random, { leastMs, mostMs }: Drawable, longestMs: number): number {
  let chance = random()
  const length = LENGTHS.find(({ share }) => {
    chance -= share
    return chance < 0
  })
  const most = Math.min(mostMs, length?.longestMs ?? mostMs, longestMs)
  return Math.round(leastMs + random() * Math.max(0, most - leastMs))
}

/** From the time of a run to the time in which faults begin, and back: without the calm ends of minutes. */
function shrink(ms: number): number {
  const minutes = Math.floor(ms / MINUTE.lastsMs)
  return minutes * MINUTE.busyMs + Math.min(MINUTE.busyMs, ms - minutes * MINUTE.lastsMs)
}

function stretch(ms: number): number {
  const minutes = Math.floor(ms / MINUTE.busyMs)
  return minutes * MINUTE.lastsMs + (ms - minutes * MINUTE.busyMs)
}
