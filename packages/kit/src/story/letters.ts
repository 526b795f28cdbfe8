import { isStep, type Step } from '@stampede/contracts/story'
import type { Pool } from '../postgres.ts'

/** Dead letters are few: the latest of them are looked through. */
const LETTERS_MAX = 10_000
const FIND_SQL = `select consumer, topic, at, replayed_at as "replayedAt" from (
    select id, consumer, topic, key, at, replayed_at from dead_letter order by id desc limit ${LETTERS_MAX}
  ) as latest where key = $1 order by id limit 100`

interface Row {
  readonly consumer: string
  readonly topic: string
  readonly at: Date
  readonly replayedAt: Date | null
}

/** News of an order that a consumer could not work on, as failed steps, with when they were replayed. */
export async function findLetters(pool: Pool, orderId: string): Promise<Step[]> {
  const { rows } = await pool.query<Row>(FIND_SQL, [orderId])
  return rows.flatMap(({ consumer, topic, at, replayedAt }) => {
    const what = `process ${topic} by ${consumer}`
    if (!isStep(what)) return []
    const replayed = replayedAt && { replayedAt: replayedAt.toISOString() }
    return [{ what, at: at.toISOString(), failed: true as const, ...replayed }]
  })
}
