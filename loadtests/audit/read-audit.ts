import { Client } from 'pg'
import { FAULTS, type FaultName, REFUNDS, STOCK } from './columns.ts'
import { ROOM } from './room.ts'

/** Something that should not be, and why. `id` names an order, a payment, a refund, an event or a sale. */
export interface Fault {
  readonly id: string
  readonly why: string
}

export interface FaultCount {
  readonly count: number
  /** The first few. */
  readonly first: readonly Fault[]
}

/** The settlement of one sale. Units, except where something else is named. */
export interface SaleAudit {
  readonly saleId: string
  readonly title: string
  readonly units: number
  readonly available: number
  readonly held: number
  readonly sold: number
  readonly refunds: { readonly asked: number; readonly settled: number }
  readonly faults: Readonly<Record<FaultName, FaultCount>>
  readonly ok: boolean
}

export interface AuditReport {
  readonly at: string
  readonly sales: readonly SaleAudit[]
  /** Of no sale that could be named. */
  readonly homeless: readonly Fault[]
  readonly ok: boolean
}

export interface AuditScope {
  readonly databaseUrl: string
  /** A sale's id, or how it begins; the newest sales if not said. */
  readonly sale?: string | undefined
  /** What changed later than so many seconds ago is still on its way, and not judged; default 60. */
  readonly restSeconds?: number | undefined
}

const SALES_MAX = 20
const FIRST_MAX = 5
const QUERY_MS = 120_000
const PICK = `SELECT sale_id FROM inventory.sale WHERE parent_id IS NULL AND sale_id::text LIKE $1 || '%'
  ORDER BY created_at DESC, sale_id DESC LIMIT ${SALES_MAX}`

/** Reads all books in one snapshot, and changes nothing. Rejects when Postgres does not answer. */
export async function readAudit({
  databaseUrl,
  sale = '',
  restSeconds = 60,
}: AuditScope): Promise<AuditReport> {
  const client = new Client({
    connectionString: databaseUrl,
    application_name: 'audit',
    connectionTimeoutMillis: 5_000,
    statement_timeout: QUERY_MS,
  })
  await client.connect()
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    const { rows } = await client.query<{ sale_id: string }>(PICK, [sale])
    const saleIds = rows.map((row) => row.sale_id)
    return await settle(client, [saleIds, restSeconds])
  } finally {
    await client.end()
  }
}

type Values = [saleIds: string[], restSeconds: number]
type StockRow = Record<'sale_id' | 'title', string> & Record<'units' | 'available' | 'held' | 'sold', number>
type RefundRow = { sale_id: string; asked: number; settled: number }

async function settle(client: Client, values: Values): Promise<AuditReport> {
  const at = (await client.query<{ at: Date }>('SELECT now() AS at')).rows[0]?.at ?? new Date()
  const { rows: stock } = await client.query<StockRow>(inRoom(STOCK), values)
  const { rows: refunds } = await client.query<RefundRow>(inRoom(REFUNDS), values)
  const found = new Map<FaultName, FoundRow[]>()
  for (const { name, sql } of FAULTS) found.set(name, await find(client, sql, values))
  const homeless = [...found.values()].flat().filter((row) => row.sale_id === null)
  const sales = stock
    .toSorted((a, b) => values[0].indexOf(a.sale_id) - values[0].indexOf(b.sale_id))
    .map((row) => toSale(row, found, refunds))
  return {
    at: at.toISOString(),
    sales,
    homeless: homeless.flatMap(({ first }) => first),
    ok: homeless.length === 0 && sales.every(({ ok }) => ok),
  }
}

interface FoundRow {
  readonly sale_id: string | null
  readonly count: number
  readonly first: readonly Fault[]
}

async function find(client: Client, sql: string, values: Values): Promise<FoundRow[]> {
  const { rows } = await client.query<FoundRow>(
    inRoom(`SELECT sale_id, sum(n)::int AS count,
      (array_agg(json_build_object('id', id, 'why', why) ORDER BY id))[1:${FIRST_MAX}] AS first
    FROM (${sql}) found GROUP BY sale_id`),
    values,
  )
  return rows
}

/** A query that uses none of the values would not know their types. */
function inRoom(sql: string): string {
  return `${ROOM}, asked AS (SELECT $1::uuid[] AS sales, $2::float8 AS seconds) ${sql}`
}

function toSale(
  row: StockRow,
  found: ReadonlyMap<FaultName, readonly FoundRow[]>,
  refunds: readonly RefundRow[],
): SaleAudit {
  const { sale_id: saleId, title, units, available, held, sold } = row
  const faults = Object.fromEntries(
    FAULTS.map(({ name }) => {
      const { count = 0, first = [] } = found.get(name)?.find((each) => each.sale_id === saleId) ?? {}
      return [name, { count, first }]
    }),
  ) as Record<FaultName, FaultCount>
  const { asked = 0, settled = 0 } = refunds.find((each) => each.sale_id === saleId) ?? {}
  const ok = Object.values(faults).every(({ count }) => count === 0)
  return { saleId, title, units, available, held, sold, refunds: { asked, settled }, faults, ok }
}
