import { setTimeout as sleep } from 'node:timers/promises'
import { backoffMs } from './backoff.ts'

const FIRST_MS = 100
const MOST_MS = 5_000

// SQLSTATE classes and codes that speak of the server, its set-up or other transactions, never of the data.
const SQL_CLASSES = new Set(['08', '28', '53', '58'])
const SQL_CODES = new Set([
  '57P01', // the server is shutting down
  '57P02', // the server crashed
  '57P03', // the server is starting
  '57014', // a statement took too long: locks or load
  '25P03', // the transaction idled too long: this process was paused
  '25006', // a standby answered
  '3D000', // no such database, yet
  '3F000', // no such schema, yet
  '40001', // serialization failure
  '40P01', // deadlock
  '42501', // not allowed, yet
  '42P01', // no such table: not migrated yet
  '55P03', // a lock was not to be had
])
const SOCKET_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
])
// The Postgres client gives these errors no code.
const SPOKEN = new RegExp(
  [
    'connection terminated',
    'timeout exceeded when trying to connect',
    'connection error and is not queryable',
    'query read timeout',
  ].join('|'),
  'i',
)

/** Whether an error is the infrastructure's fault, so that the very same work may succeed later. */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code: unknown = (error as { code?: unknown }).code
  if (typeof code !== 'string') return SPOKEN.test(error.message)
  return (
    SOCKET_CODES.has(code) || SQL_CODES.has(code) || (code.length === 5 && SQL_CLASSES.has(code.slice(0, 2)))
  )
}

export interface Patience {
  /** Ends the waiting: the promise then rejects with an `AbortError`. */
  readonly signal: AbortSignal
  /** Called once, when an outage begins. */
  readonly onOutage: (error: unknown) => void
}

/** Does the work again and again while only an outage keeps it from success. */
export async function waitOut<R>(work: () => Promise<R>, { signal, onOutage }: Patience): Promise<R> {
  for (let failures = 1; ; failures++) {
    try {
      signal.throwIfAborted()
      return await work()
    } catch (error) {
      if (!isOutage(error)) throw error
      if (failures === 1) onOutage(error)
      await sleep(backoffMs(failures, FIRST_MS, MOST_MS), undefined, { signal })
    }
  }
}
