import type { TOPICS } from '@stampede/contracts/events'
import type { Client } from 'pg'
import type { Finding } from '../../demo/books/books.ts'
import type { Broken } from './broken.ts'

export interface PoisonVerdict {
  readonly check: Finding
  /** Messages made unreadable that were put aside. */
  readonly letters: number
}

/** Who hears what, by the name under which a letter is put aside. */
const HEARERS: Readonly<Record<string, readonly (keyof typeof TOPICS)[]>> = {
  order: ['stock.reserved'],
  'order-payments': ['payment.settled', 'payment.failed', 'refund.settled'],
  inventory: ['order.cancelled', 'order.expired', 'order.refunded', 'order.paid'],
  payment: ['payment.requested', 'refund.requested'],
  functions: ['order.paid', 'order.refunded', 'order.cancelled', 'order.expired'],
}

// A message has the time at which its sender wrote it.
const LETTERS = `
SELECT consumer, topic, extract(epoch FROM sent_at)::float8 * 1000 AS "sentAt"
FROM dead_letter WHERE position($1 IN concat_ws(' ', key, value)) > 0`

/**
 * Looks whether each consumer has put aside some of the poison of these times from each topic it hears, every
 * topic having had several. `dead_letter` is that of the books.
 */
export async function judgePoison(
  client: Client,
  marker: string,
  times: readonly Broken[],
): Promise<PoisonVerdict> {
  const { rows } = await client.query<{ consumer: string; topic: string; sentAt: number }>(LETTERS, [marker])
  const ofThese = rows.filter(({ sentAt }) =>
    times.some(({ from, mendedAt }) => sentAt >= from && sentAt <= mendedAt),
  )
  const heard = new Set(ofThese.map(({ consumer, topic }) => `${consumer} ${topic}`))
  const due = Object.entries(HEARERS).flatMap(([consumer, topics]) =>
    topics.map((topic) => `${consumer} ${topic}`),
  )
  const missing = times.length === 0 ? [] : due.filter((each) => !heard.has(each))
  const why = `none of ${times.length} times poison was put aside`
  return {
    check: {
      title: 'what was made unreadable was put aside, by each consumer of each topic',
      broken: missing.length,
      first: missing.slice(0, 10).map((id) => ({ id, why })),
    },
    letters: rows.length,
  }
}
