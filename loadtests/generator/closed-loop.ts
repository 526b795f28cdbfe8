import type { Connection, Outcome } from './connection.ts'
import { openCrowd } from './crowd.ts'
import type { Target } from './loopback.ts'

export interface Attempt {
  readonly request: string
  /** Without an answer for longer it is abandoned. */
  readonly timeoutMs: number
  /** `tookMs` counts from the moment the request was due. Called once. */
  readonly done: (outcome: Outcome, tookMs: number) => void
}
/** The next request of a run, or undefined when there are no more. */
export type NextAttempt = () => Attempt | undefined

export interface ClosedLoopOptions {
  readonly target: Target
  readonly connections: number
  /** Called when all connections are open; the first request goes out when it resolves. */
  readonly onReady?: () => Promise<void>
}

/** A server that is down refuses at once: without a pause the loop would spin. */
const FAILURE_PAUSE_MS = 20

/**
 * N clients, each sending its next request as soon as the last one was answered. Resolves when `next` has no
 * more and all are answered; `next` alone bounds the run.
 */
export async function runClosedLoop(options: ClosedLoopOptions, next: NextAttempt): Promise<void> {
  const crowd = await openCrowd(options.target, options.connections)
  try {
    await options.onReady?.()
    await Promise.all(crowd.connections.map((connection) => sendAll(connection, next)))
  } finally {
    crowd.close()
  }
}

function sendAll(connection: Connection, next: NextAttempt): Promise<void> {
  return new Promise((finished) => {
    const sendNext = () => {
      const attempt = next()
      if (!attempt) {
        finished()
        return
      }
      const { request, timeoutMs } = attempt
      const sentAt = performance.now()
      const done = (outcome: Outcome) => {
        attempt.done(outcome, performance.now() - sentAt)
        if ('failure' in outcome) setTimeout(sendNext, FAILURE_PAUSE_MS)
        else sendNext()
      }
      connection.send({ request, timeoutMs, done })
    }
    sendNext()
  })
}
