import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Outcome } from '@stampede/contracts/payments'
import { openJournalFile } from './journal-file.ts'
import type { Kind, SaleName } from './step.ts'

/** An attempt to buy and what the client was told. Times: milliseconds since 1970, the machine's clock. */
export interface AttemptEntry {
  readonly entry: 'attempt'
  readonly phase: 'rush' | 'later' | 'faults'
  readonly kind: Kind
  readonly detail?: string
  /** Which of the demo's sales. */
  readonly sale?: SaleName
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
  /** Sent when nothing was broken any more and nothing moved: a read must find its order then. */
  readonly atRest?: true
  readonly sentAt: number
  readonly tookMs?: number
  readonly status: number
  readonly code?: string
  readonly body?: string
}

/** Anybody's look at a sale. */
export interface LookEntry {
  readonly entry: 'look'
  readonly saleId: string
  readonly sentAt: number
  readonly tookMs?: number
  readonly status: number
  readonly code?: string
  readonly body?: string
}

/** A sale that was put up: what it was to be. Units, seconds, milliseconds since 1970. */
export interface SaleEntry {
  readonly entry: 'sale'
  readonly saleId: string
  readonly units: number
  readonly limit: number
  readonly windowSeconds: number
  readonly openedAt: number
}

/** What clients asked for and were told. */
export type Entry = AttemptEntry | OrderEntry | LookEntry
export type Told = Pick<AttemptEntry, 'tookMs' | 'status' | 'code' | 'failure' | 'body'>
/** What is known when a request is sent. */
export type Asked =
  | Omit<AttemptEntry, keyof Told>
  | Omit<OrderEntry, keyof Told>
  | Omit<LookEntry, keyof Told>

/**
 * What the clients were told, kept by the clients: one JSON document a line. A line is on the disk some 50 ms
 * after it was written, and one flush; nobody waits for it.
 */
export interface Journal {
  /** An entry that is whole. */
  write(entry: Entry | SaleEntry): void
  /** Writes down what is being sent; the answer follows, on a line of its own. */
  begin(asked: Asked): (told: Told) => void
  /** Resolves when all is on the disk. Rejects when something could not be written. */
  close(): Promise<void>
}

export function openJournal(path: string): Journal {
  const file = openJournalFile(path)
  let begun = 0
  return {
    write: (entry) => file.write(JSON.stringify(entry)),
    begin(asked) {
      begun += 1
      const number = begun
      file.write(JSON.stringify({ sent: number, asked }))
      return (told) => file.write(JSON.stringify({ answered: number, told }))
    },
    close: file.close,
  }
}

const SHOWN_CHARS = 80

type Line = Entry | SaleEntry | { sent: number; asked: Asked } | { answered: number; told: Told }

/**
 * All entries, each with its answer, in the order of the answers; last those that were never answered (status
 * 0). Holds no more in memory than was on its way at one time. The last line may be half a line, of a client
 * that was killed; throws when any other is no JSON.
 */
export async function* readJournal(path: string): AsyncGenerator<Entry | SaleEntry> {
  const open = new Map<number, Asked>()
  let unreadable: string | undefined
  for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    if (unreadable !== undefined) throw new Error(`a line of the journal is no JSON: ${unreadable}`)
    const line = parseLine(text)
    if (!line) unreadable = text.slice(0, SHOWN_CHARS)
    else if ('sent' in line) open.set(line.sent, line.asked)
    else if ('answered' in line) {
      const asked = open.get(line.answered)
      open.delete(line.answered)
      if (asked) yield { ...asked, ...line.told } as Entry
    } else yield line
  }
  for (const asked of open.values()) yield { ...asked, tookMs: 0, status: 0, failure: 'unheard' } as Entry
}

function parseLine(text: string): Line | undefined {
  try {
    return JSON.parse(text) as Line
  } catch {
    return undefined
  }
}
