import type { Watched } from '@stampede/contracts/watch'
import type { Log } from '../log.ts'
import { Alarms, type Measure } from './alarms.ts'
import { showMeasures } from './show-measures.ts'

const EVERY_MS = 2_000
/** Adding up 100,000 rows takes some 100 ms. With this rest it gets a twentieth of one core at most. */
const REST_PER_WORK = 20
const REST_MOST_MS = 60_000
/** So long after a look was due, that nobody looks is an alarm of its own. */
const UNSEEN_MS = 30_000

/**
 * Takes some measures, always the same ones. Rejects while its engine does not answer; ends by itself. One
 * that may take longer than a shutdown rejects when the signal comes: nobody waits for its measures any more.
 */
export type Look = (signal: AbortSignal) => Promise<readonly Measure[]>

export interface BookWatchOptions {
  readonly log: Log
  readonly looks: readonly Look[]
  readonly everyMs?: number
}

export interface BookWatch {
  /** As of the last looks. */
  readonly watched: Watched
  /** From now on nobody looks, and a long look under way is called off. Waits for nothing. */
  stop(): void
  /** Stops, and waits for the look under way: call it last, when all else has been drained. */
  close(): Promise<void>
}

/**
 * Looks at a service's books for ever, keeps the last values, and raises an alarm for what has been over its
 * limit too long. It only reads, so any number of processes may watch the same books. A look that takes long
 * rests the longer.
 */
export function openBookWatch({ log, looks, everyMs = EVERY_MS }: BookWatchOptions): BookWatch {
  const alarms = new Alarms(log)
  const unshow = showMeasures(alarms)
  const inTurn = openTurns()
  const ending = new AbortController()
  const rounds = looks.map((each) => {
    const look = () => each(ending.signal)
    return openRound({ look, inTurn, alarms, log, everyMs })
  })

  function seeTheUnseen(): void {
    const value = Math.max(0, ...rounds.map((round) => round.unseenMs()))
    alarms.see([{ name: 'unseenMs', value: Math.round(value), limit: UNSEEN_MS }])
  }
  const timer = setInterval(seeTheUnseen, everyMs)
  timer.unref()

  function stop(): void {
    clearInterval(timer)
    unshow()
    for (const round of rounds) round.stop()
    ending.abort()
  }

  return {
    stop,
    get watched() {
      seeTheUnseen()
      return { measures: alarms.measures, alarms: alarms.alarms }
    },
    async close() {
      stop()
      await Promise.all(rounds.map((round) => round.ended()))
    },
  }
}

interface RoundOptions extends Required<Pick<BookWatchOptions, 'log' | 'everyMs'>> {
  readonly look: () => ReturnType<Look>
  readonly alarms: Alarms
  readonly inTurn: (work: () => Promise<number>) => Promise<number>
}

/** One at a time: however many looks there are, they take one connection of those that others need. */
function openTurns() {
  let last: Promise<unknown> = Promise.resolve()
  return <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work)
    last = turn.catch(() => undefined)
    return turn
  }
}

/** One look, again and again, never two at once. */
function openRound({ look, inTurn, alarms, log, everyMs }: RoundOptions) {
  let names: readonly string[] = []
  let [closed, failing] = [false, false]
  let dueAt = performance.now()
  let lastTookMs = 0
  let timer = setTimeout(again, 0)
  let looking: Promise<void> = Promise.resolve()

  function again(): void {
    looking = inTurn(lookOnce).then(rest)
  }

  async function lookOnce(): Promise<number> {
    if (closed) return 0
    const startedAt = performance.now()
    try {
      const measures = await look()
      names = measures.map(({ name }) => name)
      alarms.see(measures)
      if (failing) log.info('books are watched again')
      failing = false
      dueAt = performance.now()
    } catch (error) {
      if (closed) return 0
      if (!failing) log.warn({ err: error }, 'books cannot be watched for now; trying on')
      failing = true
      alarms.forgive(names)
    }
    return performance.now() - startedAt
  }

  function rest(tookMs: number): void {
    if (closed) return
    // The shorter of two: once it may be only the machine that was busy.
    const workMs = Math.min(tookMs, lastTookMs)
    lastTookMs = tookMs
    const restMs = failing ? everyMs : Math.min(REST_MOST_MS, Math.max(everyMs, REST_PER_WORK * workMs))
    if (!failing) dueAt += restMs
    timer = setTimeout(again, restMs)
  }

  return {
    unseenMs: () => performance.now() - dueAt,
    stop(): void {
      closed = true
      clearTimeout(timer)
    },
    ended: () => looking,
  }
}
