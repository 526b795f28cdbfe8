import type { Topic } from '@stampede/contracts/events'
import type { Step } from '@stampede/contracts/story'
import type { Pool } from '../postgres.ts'

/** News of an order that its books say were told: at `at`, or within `withinMs` after it; default exactly. */
export interface Told {
  readonly topic: Topic
  readonly at: string
  readonly withinMs?: number
}

interface Row {
  readonly topic: Topic
  readonly createdAt: Date
  readonly sentAt: Date | null
}

// A row of the outbox names many orders and has no index for them. But a change and what it tells have the
// time of one transaction, and ids grow with time, nearly: a search by halves finds where to look, in some
// twenty steps. No transaction that tells lasts longer than the ten seconds. Rows go after a week.
const ROWS_MAX = 20_000
const FIND_SQL = `with recursive wanted as (
    select n, topic, at, at + within_ms * interval '1 ms' as until
    from unnest($2::text[], $3::timestamptz[], $4::int[]) with ordinality as w (topic, at, within_ms, n)
  ), search as (
    select n, at, coalesce(first, 0) as low, coalesce(last, 0) + 1 as high
    from wanted, (select min(id) as first, max(id) as last from outbox) as ends
    union all
    select n, at, case when is_older then id + 1 else low end, case when is_older then high else middle end
    from search
    cross join lateral (select (low + high) / 2 as middle) as halved
    cross join lateral (
      select id, created_at < at - interval '10 s' as is_older from outbox
      where id >= middle order by id limit 1
    ) as found
    where low < high
  )
  select topic, created_at as "createdAt", sent_at as "sentAt" from search join wanted using (n)
  cross join lateral (
    select created_at::timestamptz(3), sent_at from outbox
    where id >= low and id < low + ${ROWS_MAX} and outbox.topic = wanted.topic
      and created_at::timestamptz(3) between wanted.at and until and strpos(events, $1) > 0
    order by id limit 1
  ) as row
  where low >= high order by n`

/** When news of an order were told to Kafka, as steps `send <topic>`: from the outbox, without an index. */
export async function findNews(pool: Pool, orderId: string, told: readonly Told[]): Promise<Step[]> {
  if (told.length === 0) return []
  const { rows } = await pool.query<Row>(FIND_SQL, [
    orderId,
    told.map(({ topic }) => topic),
    told.map(({ at }) => at),
    told.map(({ withinMs = 0 }) => withinMs),
  ])
  return rows.map(({ topic, createdAt, sentAt }) => ({
    what: `send ${topic}`,
    at: createdAt.toISOString(),
    ...(sentAt ? { until: sentAt.toISOString() } : { open: true }),
  }))
}
