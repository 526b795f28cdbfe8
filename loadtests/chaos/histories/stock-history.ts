import type { Client } from 'pg'
import { type KnownHolding, readHoldings } from '../../demo/books/holdings.ts'
import type { SaleTerms } from '../../demo/books/refusals.ts'
import type { Faults } from '../../demo/books/tables.ts'
import { RETURN_MS } from '../../demo/books/timeline.ts'
import type { StockHistory, StockOperation } from './history.ts'

/** A gateway believes for a second what it was told of a sale that is sold out: so old a refusal may be. */
const BELIEVED_MS = 1_000

const REFUSED = `
SELECT user_id || ' ' || key AS id, quantity, sent_ms - ${BELIEVED_MS} AS call, sent_ms + took_ms AS return
FROM attempt WHERE sale_id = $1 AND code = 'sold_out'`

/** What happened to the stock of a sale, from the journal and, where clients cannot know, from the ledger. */
export async function readStockHistory(
  client: Client,
  { saleId, units }: SaleTerms,
  faults: Faults,
): Promise<StockHistory> {
  const { rows } = await client.query<Omit<StockOperation, 'kind' | 'isDoubtful'>>(REFUSED, [saleId])
  const refused = rows.map((row) => ({ ...row, kind: 'refuse', isDoubtful: false }) as const)
  const holdings = await readHoldings(client, saleId, faults)
  return { saleId, units, operations: [...holdings.flatMap(toOperations), ...refused] }
}

function toOperations({ id, quantity, from, surely, ending, to, isDoubtful }: KnownHolding) {
  const back = to === undefined ? undefined : to + RETURN_MS
  const known = { id, quantity, isDoubtful }
  const take: StockOperation = { ...known, kind: 'take', call: from, return: isDoubtful ? back : surely }
  if (ending === undefined) return [take]
  const free: StockOperation = { ...known, kind: 'free', call: ending, return: back }
  return [take, free]
}
