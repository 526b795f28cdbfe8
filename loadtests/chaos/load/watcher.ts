import { setTimeout as sleep } from 'node:timers/promises'
import { Client, DatabaseError } from 'pg'
import { openWatchList, type Sales } from './watch-list.ts'

/** What was seen of conservation while things were broken. `at` in milliseconds since 1970. */
export interface Watched {
  /** Snapshots that Postgres gave, and those it was away for. */
  readonly snapshots: number
  readonly missed: number
  /** Since the first look was due. */
  readonly seconds: number
  readonly violations: number
  readonly first: readonly { readonly at: number; readonly id: string; readonly why: string }[]
}

const EVERY_MS = 1_000
const LIMIT_MS = 5_000
const SHOWN_MAX = 20

const CONSERVATION = `
WITH row AS (
  SELECT sale_id, coalesce(sum(quantity) FILTER (WHERE state = 'held'), 0) AS held,
         coalesce(sum(quantity) FILTER (WHERE state = 'sold'), 0) AS sold
  FROM inventory.reservation WHERE sale_id = ANY($1) GROUP BY 1
)
SELECT s.sale_id AS id, format('%s units: %s + %s + %s, rows %s + %s',
         s.units, s.available, s.reserved, s.sold, coalesce(r.held, 0), coalesce(r.sold, 0)) AS why
FROM inventory.sale s LEFT JOIN row r USING (sale_id)
WHERE s.sale_id = ANY($1) AND (s.available + s.reserved + s.sold <> s.units OR s.available < 0
  OR s.reserved + s.sold > s.units OR (s.reserved, s.sold) <> (coalesce(r.held, 0), coalesce(r.sold, 0)))`

const MOVING = `
SELECT sale_id AS id FROM orders.orders WHERE state = 'pending' AND sale_id = ANY($1)
UNION SELECT sale_id FROM orders.payment p JOIN orders.orders USING (user_id, order_id)
WHERE p.state IN ('requested', 'late', 'refunding')`

/** Classes of what Postgres says when it cannot answer now: no connection, no room, stopping, no disk. */
const AWAY = ['08', '53', '57', '58']

/**
 * Looks each second, in one snapshot, whether the units of the sales are there and no more, also of those
 * that gave way and whose orders have not come to rest. A question that Postgres refuses is a violation:
 * nothing was looked at.
 */
export function startWatching(databaseUrl: string, sales: Sales) {
  const list = openWatchList(sales)
  const startedAt = performance.now()
  let endedAt: number | undefined
  let client: Client | undefined
  let snapshots = 0
  let missed = 0
  let violations = 0
  const first: { at: number; id: string; why: string }[] = []
  const stopping = new AbortController()

  async function look(): Promise<void> {
    client ??= await connect(databaseUrl)
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    const ids = list.ids()
    const { rows } = await client.query<Violation>(CONSERVATION, [ids])
    const { rows: moving } = await client.query<{ id: string }>(MOVING, [ids])
    await client.query('COMMIT')
    snapshots += 1
    list.saw(ids, new Set(moving.map(({ id }) => id)))
    note(rows)
  }

  function note(found: readonly Violation[]): void {
    violations += found.length
    for (const each of found.slice(0, SHOWN_MAX - first.length)) first.push({ at: Date.now(), ...each })
  }

  function miss(error: Error): void {
    if (isRefused(error)) note([{ id: 'the look', why: error.message }])
    else missed += 1
    client?.end().catch(() => undefined)
    client = undefined
  }

  async function watch(): Promise<void> {
    while (!stopping.signal.aborted) {
      await look().catch(miss)
      await sleep(EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
    await client?.end().catch(() => undefined)
  }

  const watching = watch()
  return {
    watched(): Watched {
      const seconds = Math.floor(((endedAt ?? performance.now()) - startedAt) / 1000)
      return { snapshots, missed, seconds, violations, first: [...first] }
    },
    async close(): Promise<void> {
      stopping.abort()
      await watching
      endedAt = performance.now()
    },
  }
}

interface Violation {
  readonly id: string
  readonly why: string
}

function isRefused(error: Error): boolean {
  return error instanceof DatabaseError && !AWAY.includes((error.code ?? '').slice(0, 2))
}

async function connect(connectionString: string): Promise<Client> {
  const limits = { connectionTimeoutMillis: LIMIT_MS, query_timeout: LIMIT_MS, statement_timeout: LIMIT_MS }
  const client = new Client({ connectionString, ...limits })
  // A connection that breaks while nobody asks would end the process else.
  client.on('error', () => undefined)
  await client.connect()
  return client
}
