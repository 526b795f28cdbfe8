import type { Finding } from '../demo/books/books.ts'
import type { ExplainedDeath } from './deaths.ts'
import { type Played, wasPlayed } from './player.ts'

/** On a slow machine a fault may find its target still broken by the one before. */
const PLAYED_SHARE = 0.95
/**
 * With these words a service ends on purpose: its consumer is alive, Kafka and Postgres answer, events wait
 * and nothing moves. It starts anew (packages/kit/src/events/watch.ts).
 */
const ENDS_ON_PURPOSE: readonly string[] = ['events no longer move']

/** A run in which little was broken has shown little. `played` tells of all that this machine can play. */
export function judgePlayed(played: readonly Played[], asked: number): Finding {
  const title = `what was planned was played, ${PLAYED_SHARE * 100} % of it at least`
  if (played.length === 0 && asked > 0) {
    const why = `none of ${asked} faults can be played on this machine`
    return { title, broken: asked, first: [{ id: 'the plan', why }] }
  }
  const missed = played.filter((each) => !wasPlayed(each))
  const isEnough = played.length - missed.length >= played.length * PLAYED_SHARE
  const first = missed.map((each) => ({ id: nameOf(each), why: each.half ?? each.why ?? '' }))
  return isEnough ? { title, broken: 0, first: [] } : { title, broken: first.length, first }
}

/** What a fault took away came back, without anybody's hand; also what it took away by half. */
export function judgeReturns(played: readonly Played[]): Finding {
  const first = played.flatMap((each) =>
    each.beganAt !== undefined && each.why !== undefined ? [{ id: nameOf(each), why: each.why }] : [],
  )
  return { title: 'whatever was broken came back by itself', broken: first.length, first }
}

/**
 * A service outlives what is done to others. Engines may end of a full disk; that they come back is asked of
 * the fault.
 */
export function judgeDeaths(deaths: readonly ExplainedDeath[], services: readonly string[]): Finding {
  const first = deaths
    .filter(({ part, word }) => services.includes(part) && !ENDS_ON_PURPOSE.includes(word ?? ''))
    .map(({ part, at, how, word }) => ({
      id: part,
      why: `${new Date(at).toISOString()} ${how}${word === undefined ? '' : `: ${word}`}`,
    }))
  const title = 'no service ended, but those a fault was at and those whose events no longer moved'
  return { title, broken: first.length, first }
}

function nameOf({ fault: { kind, target, atMs } }: Played): string {
  return `${kind}:${target} at ${(atMs / 1000).toFixed(1)} s`
}
