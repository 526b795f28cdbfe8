import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'

/** What was seen of conservation while things were broken. `at` in milliseconds since 1970. */
export interface Watched {
  /** Snapshots that Postgres gave, and those it was away for. */
  readonly snapshots: number
  readonly missed: number
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

/** Looks each second, in one snapshot, whether the units of the sales that are up are there and no more. */
export function startWatching(databaseUrl: string, saleIds: () => string[]) {
  let client: Client | undefined
  let snapshots = 0
  let missed = 0
  let violations = 0
  const first: { at: number; id: string; why: string }[] = []
  const stopping = new AbortController()

  async function look(): Promise<void> {
    client ??= await connect(databaseUrl)
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    const { rows } = await client.query<{ id: string; why: string }>(CONSERVATION, [saleIds()])
    await client.query('COMMIT')
    snapshots += 1
    violations += rows.length
    for (const row of rows.slice(0, SHOWN_MAX - first.length)) first.push({ at: Date.now(), ...row })
  }

  async function watch(): Promise<void> {
    while (!stopping.signal.aborted) {
      await look().catch(() => {
        missed += 1
        client?.end().catch(() => undefined)
        client = undefined
      })
      await sleep(EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
    await client?.end().catch(() => undefined)
  }

  const watching = watch()
  return {
    watched: (): Watched => ({ snapshots, missed, violations, first: [...first] }),
    async close(): Promise<void> {
      stopping.abort()
      await watching
    },
  }
}

async function connect(connectionString: string): Promise<Client> {
  const limits = { connectionTimeoutMillis: LIMIT_MS, query_timeout: LIMIT_MS, statement_timeout: LIMIT_MS }
  const client = new Client({ connectionString, ...limits })
  // A connection that breaks while nobody asks would end the process else.
  client.on('error', () => undefined)
  await client.connect()
  return client
}
