import type { Client } from 'pg'
import type { Faults } from './tables.ts'
import type { Holding } from './timeline.ts'

const MS = (time: string) => `extract(epoch FROM ${time})::float8 * 1000`

// From its reservation until its order ended, and again from its revival until it was refunded.
const HOLDINGS = `
SELECT r.sale_id AS "saleId", r.user_id AS "userId", r.quantity,
       ${MS('held.since')} AS "from", ${MS('held.until')} AS "to"
FROM our_claim r, LATERAL (
  SELECT r.reserved_at AS since, (SELECT min(at) FROM our_step s WHERE s.order_id = r.claim_id
    AND s.state IN ('cancelled', 'expired', 'refunded')) AS until
  UNION ALL
  SELECT least(v.at, r.revived_at), (SELECT min(at) FROM our_step s WHERE s.order_id = r.claim_id
    AND s.state = 'refunded')
  FROM our_step v WHERE v.order_id = r.claim_id AND v.cause = 'revived'
) held
WHERE r.sale_id = $1`

/** What was held of a sale, by whom and how long. */
export async function readHoldings(
  client: Client,
  saleId: string,
  _faults: Faults | undefined,
): Promise<Holding[]> {
  const { rows } = await client.query<Holding>(HOLDINGS, [saleId])
  return rows.map((each) => ({ ...each, to: each.to ?? undefined }))
}
