import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import type { Ledger } from './judge.ts'

const POLL_MS = 150
const STILL_MS = 400
/** A queue may rest between two jobs. */
const QUEUE_STILL_MS = 1200
const SETTLE_MS = 15_000

/** A sale and the segments its stock is split over. */
const FAMILY = 'SELECT sale_id FROM inventory.sale WHERE sale_id = $1 OR parent_id = $1'
const UNITS = 'SELECT sum(units)::int AS units FROM inventory.sale WHERE sale_id = $1 OR parent_id = $1'
const ORDERS = `SELECT order_id FROM orders.orders WHERE sale_id IN (${FAMILY})`
const RESERVATIONS = `
SELECT claim_id, quantity, extract(epoch FROM reserved_at)::float8 * 1000 AS at
FROM inventory.reservation WHERE sale_id IN (${FAMILY}) AND state NOT IN ('void', 'released')
ORDER BY reserved_at`
const MOVES = `
SELECT (SELECT count(*) FROM inventory.reservation WHERE sale_id IN (${FAMILY}))::int
     + (SELECT count(*) FROM orders.orders WHERE sale_id IN (${FAMILY}))::int AS moves`

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

  /**
   * Waits until nothing of this sale moves, at most 15 s: late claims and queued jobs outlive the answers.
   * Answers how many milliseconds after its call the last move was seen.
   */
  async settle(saleId: string, hasQueued: boolean): Promise<number> {
    const startedAt = performance.now()
    const stillMs = hasQueued ? QUEUE_STILL_MS : STILL_MS
    let last: number | undefined
    let movedAt = startedAt
    while (performance.now() < startedAt + SETTLE_MS && performance.now() - movedAt < stillMs) {
      const { rows } = await this.#client.query<{ moves: number }>(MOVES, [saleId])
      const moves = rows[0]?.moves ?? 0
      if (last !== undefined && moves !== last) movedAt = performance.now()
      last = moves
      await sleep(POLL_MS)
    }
    return movedAt - startedAt
  }

  async read(saleId: string): Promise<Ledger> {
    const reserved = await this.#client.query<{ claim_id: string; quantity: number; at: number }>(
      RESERVATIONS,
      [saleId],
    )
    const sale = await this.#client.query<{ units: number }>(UNITS, [saleId])
    const orders = await this.#client.query<{ order_id: string }>(ORDERS, [saleId])
    return {
      units: sale.rows[0]?.units ?? 0,
      reservations: reserved.rows.map(({ claim_id: claimId, quantity, at }) => ({ claimId, quantity, at })),
      orderIds: orders.rows.map(({ order_id }) => order_id),
    }
  }
}
