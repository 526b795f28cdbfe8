import { setTimeout as sleep } from 'node:timers/promises'
import type { AttemptEntry } from '@stampede/loadtests/demo/journal'
import type { Attempt } from '@stampede/loadtests/generator/closed-loop'
import type { Outcome } from '@stampede/loadtests/generator/connection'
import { openCrowd } from '@stampede/loadtests/generator/crowd'
import { buildRequest } from '@stampede/loadtests/generator/request'
import { readCode } from '@stampede/loadtests/generator/tally'
import type { Buyer, House } from './house.ts'

/** A buyer's wish for units, with the key that makes all its attempts one. */
export interface Wish {
  readonly saleId: string
  readonly buyer: Buyer
  readonly key: string
  readonly quantity: number
}

/** What an attempt was told. Status 0: no answer, and `code` says how that came. */
export interface Told {
  readonly status: number
  readonly code: string | undefined
  readonly body: string
}

type Desk = Pick<House, 'target' | 'journal'>

const PATIENCE_MS = 10_000
/** The longest a good client goes on with one key, and its pause between two attempts. */
const PERSIST_MS = 40_000
const PAUSE_MS = 250

/**
 * An attempt at a wish as the load generator takes it; its answer goes into the journal, then to `onTold`.
 */
export function attemptAt(desk: Desk, wish: Wish, onTold: (told: Told) => void): Attempt {
  const { saleId, buyer, key, quantity } = wish
  const scene = { entry: 'attempt', phase: 'rush', kind: 'plain', sale: 'main' } as const
  const known = { ...scene, saleId, userId: buyer.userId, key, quantity, sentAt: Date.now() }
  return {
    request: buildRequest(desk.target, {
      method: 'POST',
      path: `/api/sales/${saleId}/orders`,
      headers: { authorization: `Bearer ${buyer.accessToken}`, 'idempotency-key': key },
      body: JSON.stringify({ quantity }),
    }),
    timeoutMs: PATIENCE_MS,
    done(outcome, tookMs) {
      const told = read(outcome)
      desk.journal.push({ ...known, tookMs, ...toJournal(told) })
      onTold(told)
    },
  }
}

/**
 * Sends all attempts in the same moment, each over a connection that is open already; answers in their order.
 */
export async function attemptTogether(desk: Desk, wishes: readonly Wish[]): Promise<Told[]> {
  const crowd = await openCrowd(desk.target, wishes.length)
  try {
    const answers = wishes.map(
      (wish, i) =>
        new Promise<Told>((tell) => {
          const sentAt = performance.now()
          const { request, timeoutMs, done } = attemptAt(desk, wish, tell)
          const connection = crowd.connections[i] as (typeof crowd.connections)[number]
          connection.send({ request, timeoutMs, done: (told) => done(told, performance.now() - sentAt) })
        }),
    )
    return await Promise.all(answers)
  } finally {
    crowd.close()
  }
}

export async function attempt(desk: Desk, wish: Wish): Promise<Told> {
  const [told] = await attemptTogether(desk, [wish])
  return told as Told
}

/**
 * Buys as a good client does: as long as there is no decision, all undecided try again with the same keys.
 */
export async function buyTogether(desk: Desk, wishes: readonly Wish[]): Promise<Told[]> {
  const told = await attemptTogether(desk, wishes)
  const deadline = performance.now() + PERSIST_MS
  for (;;) {
    const open = told.flatMap((each, i) => (isDecided(each) ? [] : [i]))
    if (open.length === 0) return told
    if (performance.now() > deadline) throw new Error(`${open.length} wishes found no decision`)
    await sleep(PAUSE_MS)
    const again = await attemptTogether(
      desk,
      open.map((i) => wishes[i] as Wish),
    )
    for (const [at, i] of open.entries()) told[i] = again[at] as Told
  }
}

export async function buy(desk: Desk, wish: Wish): Promise<Told> {
  const [told] = await buyTogether(desk, [wish])
  return told as Told
}

/**
 * No answer, "not now" and "too many" decide nothing:
 * repeating with the same key is safe and the thing to do.
 */
export function isDecided({ status }: Told): boolean {
  return status !== 0 && status !== 429 && status < 500
}

/** What a group of attempts came to: `{ '201': 1, '409 sold_out': 1999 }`. */
export function countTold(told: readonly Told[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { status, code } of told) {
    const word = code === undefined ? String(status) : `${status} ${code}`
    counts[word] = (counts[word] ?? 0) + 1
  }
  return counts
}

function read(outcome: Outcome): Told {
  if ('failure' in outcome) return { status: 0, code: outcome.failure, body: '' }
  const { status, body } = outcome
  return { status, code: status >= 400 ? (readCode(body) ?? 'none') : undefined, body: body.toString() }
}

function toJournal({ status, code, body }: Told): Pick<AttemptEntry, 'status' | 'code' | 'failure' | 'body'> {
  if (status === 0) return { status, failure: code ?? 'none' }
  return status === 201 ? { status, body } : { status, code: code ?? 'none' }
}
