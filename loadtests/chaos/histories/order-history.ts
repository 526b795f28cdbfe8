import type { Client } from 'pg'
import type { OrderHistory, OrderOperation } from './history.ts'

const MS = (time: string) => `extract(epoch FROM ${time})::float8 * 1000`
const ANSWERED = (entry: string, status: number) => `(SELECT ${MS('min(answered_at)')} FROM errand e
  WHERE e.order_id = s.order_id AND e.entry = '${entry}' AND e.status = ${status})`

// A step has the time at which its transaction began, rounded to a millisecond. Of most nobody was told.
const OPERATIONS = `
SELECT order_id AS "orderId", 'read' AS kind, version,
       ${MS('sent_at')} AS call, ${MS('answered_at')} AS return
FROM errand WHERE entry = 'read' AND status = 200 AND version IS NOT NULL
UNION ALL
SELECT s.order_id, 'step', s.version, ${MS('s.at')} - 1, CASE
    WHEN s.cause = 'buyer' THEN ${ANSWERED('cancel', 200)}
    WHEN s.cause = 'refund-requested' THEN ${ANSWERED('refund', 202)}
    WHEN s.cause = 'payment-requested' AND NOT EXISTS (SELECT FROM our_step b WHERE b.order_id = s.order_id
      AND b.cause = s.cause AND b.version < s.version) THEN ${ANSWERED('pay', 202)}
  END
FROM our_step s WHERE s.order_id IN (SELECT order_id FROM errand WHERE entry = 'read' AND status = 200)`

interface OperationRow extends Pick<OrderOperation, 'kind' | 'version' | 'call'> {
  readonly orderId: string
  readonly return: number | null
}

/** Of every order that somebody looked at, its steps and the looks. */
export async function readOrderHistories(client: Client): Promise<OrderHistory[]> {
  const { rows } = await client.query<OperationRow>(OPERATIONS)
  const byOrder = Map.groupBy(rows, ({ orderId }) => orderId)
  return [...byOrder].map(([orderId, operations]) => ({
    orderId,
    operations: operations.map(({ kind, version, call, return: end }) => ({
      ...{ kind, version, call, return: end ?? undefined },
    })),
  }))
}
