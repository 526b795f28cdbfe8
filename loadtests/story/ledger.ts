import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import type { Ledger } from './judge.ts'

const POLL_MS = 150
const STILL_MS = 400
const SETTLE_MS = 15_000

const RESERVATIONS = `
SELECT claim_id, quantity, extract(epoch FROM reserved_at)::float8 * 1000 AS at
FROM inventory.reservation WHERE sale_id = $1 AND state NOT IN ('void', 'released') ORDER BY reserved_at`
const MOVES = `
SELECT (SELECT count(*) FROM inventory.reservation WHERE sale_id = $1)::int
     + (SELECT count(*) FROM orders.orders WHERE sale_id = $1)::int AS moves`

/** Reads Postgres itself: no API stands between the story and its figures. */
export class LedgerReader {
  readonly #client: Client

  constructor(url: string) {
    this.#client = new Client({ connectionString: url })
  }

  open(): Promise<unknown> {
    return this.#client.connect()
  }

  close(): Promise<void> {
    return this.#client.end()
  }

  /** Waits until nothing of this sale moves, at most 15 s: late claims and jobs outlive the answers. */
  async settle(saleId: string): Promise<void> {
    const endAt = performance.now() + SETTLE_MS
    let last = -1
    let since = performance.now()
    while (performance.now() < endAt && performance.now() - since < STILL_MS) {
      const { rows } = await this.#client.query<{ moves: number }>(MOVES, [saleId])
      const moves = rows[0]?.moves ?? 0
      if (moves !== last) since = performance.now()
      last = moves
      await sleep(POLL_MS)
    }
  }

  async read(saleId: string): Promise<Ledger> {
    const reserved = await this.#client.query<{ claim_id: string; quantity: number; at: number }>(
      RESERVATIONS,
      [saleId],
    )
    const sale = await this.#client.query<{ units: number }>(
      'SELECT units FROM inventory.sale WHERE sale_id = $1',
      [saleId],
    )
    const orders = await this.#client.query<{ order_id: string }>(
      'SELECT order_id FROM orders.orders WHERE sale_id = $1',
      [saleId],
    )
    return {
      units: sale.rows[0]?.units ?? 0,
      reservations: reserved.rows.map(({ claim_id: claimId, quantity, at }) => ({ claimId, quantity, at })),
      orderIds: orders.rows.map(({ order_id }) => order_id),
    }
  }
}
