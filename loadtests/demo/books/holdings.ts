import type { Client } from 'pg'
import { openSettling } from './settling.ts'
import type { Faults } from './tables.ts'
import type { Holding } from './timeline.ts'

/** A holding as far as it can be known from outside and from the ledger. Times in ms since 1970. */
export interface KnownHolding extends Holding {
  readonly id: string
  /** From here on somebody knows of it, so it is committed; undefined while nobody heard. */
  readonly surely: number | undefined
  /** Before this it was certainly not freed; undefined while it stands. */
  readonly ending: number | undefined
  /** It may never have been: nobody got an answer, and the ledger knows nothing of it. */
  readonly isDoubtful: boolean
}

const MS = (time: string) => `extract(epoch FROM ${time})::float8 * 1000`

/** The earliest step that ended an order, and the earliest moment at which inventory had followed one. */
const endOf = (states: string) => `
  SELECT min(s.at) AS ended, min(s.seen_at) AS freed FROM our_end s
  WHERE s.order_id = r.claim_id AND s.state IN (${states})`

// A row has the time at which its transaction began, which may then wait for others. So an end is no earlier
// than its time says, and a holding no later than what can only follow its commit: an answer, or an event.

/** The earliest that late money can have taken units again: however often it was tried, money came first. */
const REVIVABLE = `SELECT min(l.at) FROM our_step l
  WHERE l.order_id = r.claim_id AND l.cause = 'payment-late'`
/** The first who heard of a revival: consumers of its event, and buyers who saw it. */
const HEARD_OF = `SELECT least(
    (SELECT min(i.seen_at) FROM inventory.inbox i WHERE i.event_id = v.order_id || '.paid.' || v.version),
    (SELECT min(i.seen_at) FROM functions.inbox i WHERE i.event_id = v.order_id || '.paid.' || v.version),
    (SELECT min(e.answered_at) FROM errand e WHERE e.order_id = v.order_id AND e.entry = 'read'
       AND e.status = 200 AND e.version >= v.version))`

// From its reservation until its order ended, and again from its revival until it was refunded.
const HELD = `
SELECT r.claim_id || held.name AS id, r.sale_id AS "saleId", r.user_id AS "userId", r.quantity,
       ${MS('held.since')} AS since,
       CASE held.name WHEN '' THEN a.sent END AS sent,
       CASE held.name WHEN '' THEN a.told ELSE ${MS('held.heard')} END AS surely,
       ${MS('held.ended')} AS ended, ${MS('held.freed')} AS freed
FROM our_claim r LEFT JOIN LATERAL (
  SELECT min(sent_ms) AS sent, min(sent_ms + took_ms) FILTER (WHERE status = 201) AS told
  FROM attempt WHERE order_id = r.claim_id
) a ON true, LATERAL (
  SELECT '' AS name, r.reserved_at AS since, NULL::timestamptz AS heard, e.*
  FROM (${endOf(`'cancelled', 'expired', 'refunded'`)}) e
  UNION ALL
  SELECT ' revived', least((${REVIVABLE}), v.at, r.revived_at), (${HEARD_OF}), e.*
  FROM our_step v, LATERAL (${endOf(`'refunded'`)}) e WHERE v.order_id = r.claim_id AND v.cause = 'revived'
) held
WHERE r.sale_id = $1`

// Held again for an order whose revival was then refused: until inventory heard of that.
const REVIVED_IN_VAIN = `
SELECT r.claim_id || ' in vain' AS id, r.sale_id AS "saleId", r.user_id AS "userId", r.quantity,
       ${MS(`least((${REVIVABLE}), r.revived_at)`)} AS since, ${MS('max(s.seen_at)')} AS freed
FROM our_claim r JOIN our_end s ON s.order_id = r.claim_id AND s.state = 'expired'
WHERE r.sale_id = $1 AND r.revived_at IS NOT NULL
  AND NOT EXISTS (SELECT FROM our_step v WHERE v.order_id = r.claim_id AND v.cause = 'revived')
GROUP BY 1, 2, 3, 4, 5`

// Units that a process took in the gate and told nobody of: until they were voided, if they ever were taken.
const DOUBTFUL = `
SELECT d.order_id AS id, d.sale_id AS "saleId", d.user_id AS "userId", d.quantity, d.since,
       greatest(d.told, ${MS('v.reserved_at')}) AS freed
FROM doubtful d LEFT JOIN inventory.reservation v ON v.claim_id = d.order_id AND v.state = 'void'
WHERE d.sale_id = $1`

interface HeldRow extends Pick<Holding, 'saleId' | 'userId' | 'quantity'> {
  readonly id: string
  readonly since: number
  readonly sent: number | null
  readonly surely: number | null
  readonly ended: number | null
  readonly freed: number | null
}
type DoubtfulRow = Omit<HeldRow, 'sent' | 'surely' | 'ended'>

/** Times of rows are rounded to a millisecond. */
const ROUNDING_MS = 1

/**
 * What was held of a sale, by whom and how long. When things were broken: from the first asking on, until the
 * ledger had freed it and nothing was broken on its way back, and also what may have been held for nobody.
 */
export async function readHoldings(
  client: Client,
  saleId: string,
  faults: Faults | undefined,
): Promise<KnownHolding[]> {
  const { rows } = await client.query<HeldRow>(HELD, [saleId])
  if (!faults) return rows.map((row) => toHolding(row, row.since, row.ended ?? undefined))
  const settle = openSettling(faults.spans)
  const until = ({ freed }: DoubtfulRow) => (freed === null ? undefined : settle(freed))
  const held = rows.map((row) =>
    toHolding(row, Math.min(row.since - ROUNDING_MS, row.sent ?? row.since), until(row)),
  )
  const { rows: inVain } = await client.query<DoubtfulRow>(REVIVED_IN_VAIN, [saleId])
  const { rows: doubtful } = await client.query<DoubtfulRow>(DOUBTFUL, [saleId])
  const unknown = [...inVain, ...doubtful].map((row) => ({
    ...pick(row),
    ...{ from: row.since - ROUNDING_MS, to: until(row), ending: row.since - ROUNDING_MS },
    ...{ surely: undefined, isDoubtful: true },
  }))
  return [...held, ...unknown]
}

function toHolding(row: HeldRow, from: number, to: number | undefined): KnownHolding {
  const { surely, ended } = row
  return {
    ...pick(row),
    from,
    to,
    surely: surely ?? undefined,
    ending: ended === null ? undefined : ended - ROUNDING_MS,
    isDoubtful: false,
  }
}

function pick({ id, saleId, userId, quantity }: DoubtfulRow) {
  return { id, saleId, userId, quantity }
}
