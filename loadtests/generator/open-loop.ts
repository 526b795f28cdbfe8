import type { NextAttempt } from './closed-loop.ts'
import type { Connection } from './connection.ts'
import { type Crowd, openCrowd } from './crowd.ts'
import type { Target } from './loopback.ts'
import type { Random } from './random.ts'

export interface OpenLoopOptions {
  readonly target: Target | readonly Target[]
  /** Opened in advance; more are opened when all are busy, up to `connectionsMax`. */
  readonly connections: number
  readonly connectionsMax: number
  /** Called when the connections are open; time begins when it resolves. */
  readonly onReady?: () => Promise<void>
}

/** How late the generator itself was, in ms: if this is not small, the latencies are its own. */
export interface Lateness {
  readonly meanMs: number
  readonly maxMs: number
  /** Most requests that were due and had no connection yet. */
  readonly queuedMax: number
}

/**
 * Sends each attempt at its time, whether the earlier ones are answered or not, and measures from that time:
 * an answer that comes late cannot hide the wait of those behind it. `arrivalsMs` are offsets from the start,
 * ascending.
 */
export async function runOpenLoop(
  options: OpenLoopOptions,
  arrivalsMs: Iterable<number>,
  next: NextAttempt,
): Promise<Lateness> {
  const crowd = await openCrowd(options.target, options.connections)
  const desk = openDesk(crowd, options.connectionsMax, next)
  try {
    await options.onReady?.()
    const start = performance.now()
    for (const arrivalMs of arrivalsMs) {
      // Timers count in whole milliseconds: what became due within one goes out together.
      while (performance.now() - start < arrivalMs) {
        desk.sendDue()
        await new Promise((wake) => setTimeout(wake, 1))
      }
      desk.due.push(start + arrivalMs)
    }
    desk.sendDue()
    await desk.allAnswered()
  } finally {
    crowd.close()
  }
  return desk.lateness()
}

/** Arrivals of independent buyers (a Poisson process): offsets in ms, for `durationMs` at `ratePerSecond`. */
export function* drawArrivals(random: Random, ratePerSecond: number, durationMs: number): Generator<number> {
  for (let atMs = 0; ; ) {
    atMs += (-Math.log(1 - random()) * 1000) / ratePerSecond
    if (atMs >= durationMs) return
    yield atMs
  }
}

/** Matches what is due with connections that are free. */
function openDesk(crowd: Crowd, connectionsMax: number, next: NextAttempt) {
  const idle = [...crowd.connections]
  const due: number[] = []
  let unanswered = 0
  let sent = 0
  let lateMs = 0
  let latestMs = 0
  let queuedMax = 0
  let wake = () => {}

  function sendDue(): void {
    while (due.length > 0) {
      const connection = idle.pop() ?? (crowd.connections.length < connectionsMax ? crowd.grow() : undefined)
      if (!connection) break
      sendOne(connection, due.shift() as number)
    }
    queuedMax = Math.max(queuedMax, due.length)
  }

  function sendOne(connection: Connection, dueAt: number): void {
    const attempt = next()
    if (!attempt) {
      idle.push(connection)
      return
    }
    const behindMs = performance.now() - dueAt
    sent += 1
    lateMs += behindMs
    latestMs = Math.max(latestMs, behindMs)
    unanswered += 1
    const { request, timeoutMs } = attempt
    connection.send({
      request,
      timeoutMs,
      done(outcome) {
        unanswered -= 1
        attempt.done(outcome, performance.now() - dueAt)
        idle.push(connection)
        sendDue()
        if (unanswered === 0) wake()
      },
    })
  }

  return {
    due,
    sendDue,
    async allAnswered(): Promise<void> {
      while (unanswered > 0) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
    lateness: (): Lateness => ({ meanMs: sent === 0 ? 0 : lateMs / sent, maxMs: latestMs, queuedMax }),
  }
}
