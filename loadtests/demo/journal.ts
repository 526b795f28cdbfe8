import { createWriteStream, readFileSync } from 'node:fs'
import type { Outcome } from '@stampede/contracts/payments'
import type { Kind, SaleName } from './step.ts'

/** An attempt to buy and what the client was told. Times: milliseconds since 1970, the machine's clock. */
export interface AttemptEntry {
  readonly entry: 'attempt'
  readonly phase: 'rush' | 'later'
  readonly kind: Kind
  readonly detail?: string
  readonly sale: SaleName
  readonly saleId: string
  readonly userId: string
  readonly key: string
  readonly quantity: number
  readonly sentAt: number
  /** From the moment it was due, in milliseconds. */
  readonly tookMs: number
  /** 0 when there was no answer; then `failure` says why. */
  readonly status: number
  readonly code?: string
  readonly failure?: string
  /** The whole body of a 201, as it came. */
  readonly body?: string
}

/** What a buyer did with an order: looked at it, cancelled it, paid it, gave it back. */
export interface OrderEntry {
  readonly entry: 'cancel' | 'read' | 'pay' | 'refund'
  readonly orderId: string
  readonly userId: string
  /** The Idempotency-Key of a payment or a refund. */
  readonly key?: string
  /** How a payment was to end. */
  readonly outcome?: Outcome
  readonly delayMs?: number
  readonly sentAt: number
  readonly tookMs?: number
  readonly status: number
  readonly code?: string
  readonly body?: string
}

export type Entry = AttemptEntry | OrderEntry

/** What the clients were told, kept by the clients: one JSON document a line. */
export interface Journal {
  write(entry: Entry): void
  close(): Promise<void>
}

const FLUSH_LINES = 200

export function openJournal(file: string): Journal {
  const stream = createWriteStream(file, { flags: 'w' })
  let lines: string[] = []
  const flush = () => {
    if (lines.length > 0) stream.write(`${lines.join('\n')}\n`)
    lines = []
  }
  return {
    write(entry) {
      lines.push(JSON.stringify(entry))
      if (lines.length >= FLUSH_LINES) flush()
    },
    close() {
      flush()
      return new Promise((closed, failed) => {
        stream.once('error', failed)
        stream.end(closed)
      })
    },
  }
}

export function readJournal(file: string): Entry[] {
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Entry]))
}
