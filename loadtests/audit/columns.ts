import { ALL_HEARD, ALL_TOLD } from '../demo/books/event-promises.ts'
import { ORDERS_MATCH } from '../demo/books/promises.ts'
import { HISTORY_WHOLE } from '../demo/books/step-promises.ts'

/** A kind of fault, and the query that finds it: rows (sale_id, id, why, n), none if all is well. */
export interface FaultColumn {
  readonly name: FaultName
  readonly meaning: string
  readonly sql: string
}

export type FaultName =
  | 'oversold'
  | 'undersold'
  | 'miscounted'
  | 'stuck'
  | 'duplicates'
  | 'limitBreaches'
  | 'orphanPayments'
  | 'overdueRefunds'
  | 'unmatched'
  | 'withoutEffect'

/** Of each sale: what there was, what is left, what its reservations say. The story's stock is on shelves. */
export const STOCK = `
SELECT s.sale_id, s.title, s.units, s.stage, coalesce(f.stock, s.available) AS available, s.reserved,
       s.sold AS counted, s.created_at, coalesce(c.held, 0)::int AS held, coalesce(c.sold, 0)::int AS sold,
       coalesce(u.used, 0)::int AS used
FROM (
  SELECT m.sale_id, min(title) AS title, sum(units)::int AS units, min(stage) AS stage,
         sum(available)::int AS available, sum(reserved)::int AS reserved, sum(sold)::int AS sold,
         min(created_at) AS created_at
  FROM inventory.sale i JOIN member m ON m.row_id = i.sale_id GROUP BY 1
) s LEFT JOIN (
  SELECT sale_id, sum(quantity) FILTER (WHERE state = 'held') AS held,
         sum(quantity) FILTER (WHERE state = 'sold') AS sold FROM any_claim GROUP BY 1
) c USING (sale_id) LEFT JOIN (
  SELECT m.sale_id, sum(used) AS used FROM inventory.buyer_use b JOIN member m ON m.row_id = b.sale_id
  GROUP BY 1
) u USING (sale_id), LATERAL (
  SELECT coalesce((SELECT count(*) FILTER (WHERE claim_id IS NULL) FROM inventory.unit
    WHERE sale_id = s.sale_id HAVING count(*) > 0),
    (SELECT stock FROM inventory.shelf WHERE sale_id = s.sale_id))::int AS stock
) f`

const WHY_STOCK = `format('%s left, %s held, %s sold of %s', available, held, sold, units) AS why`
const STANDS = `(SELECT *, available + held + sold - units AS over FROM (${STOCK}) stock) stands`

export const FAULTS: readonly FaultColumn[] = [
  {
    name: 'oversold',
    meaning: 'units promised or on offer beyond the stock',
    sql: `SELECT sale_id, sale_id::text AS id, ${WHY_STOCK}, over AS n FROM ${STANDS} WHERE over > 0`,
  },
  {
    name: 'undersold',
    meaning: "units that are nobody's: neither for sale nor held nor sold",
    sql: `SELECT sale_id, sale_id::text AS id, ${WHY_STOCK}, -over AS n FROM ${STANDS} WHERE over < 0`,
  },
  {
    name: 'miscounted',
    meaning: 'units between the counters, the reservations and what buyers have',
    sql: `SELECT sale_id, sale_id::text AS id, format('counters say %s held, %s sold; rows %s, %s; buyers %s',
        reserved, counted, held, sold, used) AS why,
        abs(reserved - held) + abs(counted - sold) + abs(used - held - sold) AS n
      FROM ${STANDS} WHERE stage = 'hybrid' AND (reserved, counted, used) <> (held, sold, held + sold)`,
  },
  {
    name: 'stuck',
    meaning: 'orders and reservations long past the end of their time',
    sql: `SELECT sale_id, order_id::text AS id, 'its time was up ' || min(at)::text AS why, 1 AS n FROM (
        SELECT sale_id, order_id, greatest(expires_at, paying_until) AS at FROM any_order, recent
        WHERE state = 'pending' AND greatest(expires_at, paying_until) < recent.at
        UNION ALL SELECT sale_id, claim_id, greatest(expires_at, revived_at) FROM our_claim
        WHERE state = 'held' AND greatest(expires_at, revived_at) < now() - interval '4 minutes'
      ) late GROUP BY 1, 2`,
  },
  {
    name: 'duplicates',
    meaning: 'orders that stand there twice, or whose money was kept twice',
    sql: `SELECT sale_id, order_id::text AS id, count(*) || ' rows' AS why, 1 AS n FROM any_order
      GROUP BY 1, 2 HAVING count(*) > 1
      UNION ALL SELECT o.sale_id, o.order_id::text, count(*) || ' payments kept', 1
      FROM our_order o JOIN till_payment p USING (order_id)
      WHERE p.state = 'settled' AND p.payment_id NOT IN (SELECT payment_id FROM till_refund)
      GROUP BY 1, 2 HAVING count(*) > 1`,
  },
  {
    name: 'limitBreaches',
    meaning: 'buyers with more than the limit',
    sql: `SELECT c.sale_id, c.user_id::text AS id,
        sum(quantity) || ' units, limit ' || min(limit_per_user) AS why, 1 AS n
      FROM any_claim c JOIN inventory.sale s ON s.sale_id = c.sale_id WHERE state IN ('held', 'sold')
      GROUP BY 1, 2 HAVING sum(quantity) > min(limit_per_user)`,
  },
  {
    name: 'orphanPayments',
    meaning: 'money taken, and neither its order paid nor the money on its way back',
    sql: `SELECT o.sale_id, p.payment_id::text AS id, 'its order is ' || o.state AS why, 1 AS n
      FROM till_payment p JOIN our_order o USING (order_id)
      WHERE p.state = 'settled' AND o.paid_by IS DISTINCT FROM p.payment_id
        AND NOT EXISTS (SELECT FROM till_refund r WHERE r.payment_id = p.payment_id)`,
  },
  {
    name: 'overdueRefunds',
    meaning: 'refunds the provider has not confirmed',
    sql: `SELECT o.sale_id, r.refund_id::text AS id,
        format('asked for %s, tried %s times', requested_at, tries) AS why, 1 AS n
      FROM payments.refund r JOIN any_order o USING (order_id), recent
      WHERE r.state = 'requested' AND requested_at < recent.at`,
  },
  {
    name: 'unmatched',
    meaning: 'orders without their reservation, or of another state, or with a gap in their history',
    sql: ofSale(`${ORDERS_MATCH.sql} UNION ALL SELECT * FROM (${HISTORY_WHOLE.sql}) history`),
  },
  {
    name: 'withoutEffect',
    meaning: 'changes without an event, events without effect, dead letters',
    sql: ofSale(`SELECT * FROM (${ALL_TOLD.sql}) untold UNION ALL SELECT * FROM (${ALL_HEARD.sql}) unheard`),
  },
]

/** What a promise names begins with the id of an order, a payment or a refund. */
function ofSale(sql: string): string {
  return `SELECT DISTINCT t.sale_id, broken.id::text, broken.why, 1 AS n FROM (${sql}) broken
    LEFT JOIN thing t ON t.id::text = left(broken.id::text, 36)`
}

/** Refunds of each sale. */
export const REFUNDS = `
SELECT sale_id, count(*)::int AS asked, (count(*) FILTER (WHERE r.state = 'settled'))::int AS settled
FROM payments.refund r JOIN any_order USING (order_id) GROUP BY 1`
