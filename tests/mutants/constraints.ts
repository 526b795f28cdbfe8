import type { Mutant } from './mutant.ts'

const ORDERS = 'services/order/prisma/migrations/0006_constraints/migration.sql'
const TESTS = 'tests/constraints.int.test.ts'
const refuses = (rule: string, sql: string) => ({ file: TESTS, test: `${rule} refuses: ${sql}` })

const SAME_CAUSE = [
  'INSERT INTO payments.refund',
  `SELECT (jsonb_populate_record(r, '{"refund_id":":a"}')).* FROM payments.refund r`,
].join(' ')

/** What the database refuses, whatever the code does. */
export const CONSTRAINT_MUTANTS: readonly Mutant[] = [
  {
    name: 'an order may stop being pending twice',
    promise: 'one end for each order',
    edits: [{ file: ORDERS, text: 'CREATE UNIQUE INDEX order_step_end', put: 'CREATE INDEX order_step_end' }],
    caughtBy: refuses(
      'order_step_end',
      `INSERT INTO orders.order_step VALUES (':a', 3, now(), 'expired', 'payment-window')`,
    ),
  },
  {
    name: 'an ended order may wait for a payment',
    promise: 'one end for each order',
    edits: [
      {
        file: ORDERS,
        text: "CHECK (paying IS NULL OR state = 'pending')",
        put: "CHECK (paying IS NULL OR state <> '')",
      },
    ],
    caughtBy: refuses(
      'orders_paying_pending',
      `UPDATE orders.orders SET paying = ':pa', paying_until = now() WHERE order_id = ':a'`,
    ),
  },
  {
    name: 'a payment may fail without a reason',
    promise: 'a payment ends for a reason',
    edits: [
      {
        file: ORDERS,
        text: "CHECK (state <> 'failed' OR fail_reason IS NOT NULL)",
        put: "CHECK (state <> '')",
      },
    ],
    caughtBy: refuses('payment_failed', `UPDATE orders.payment SET state = 'failed'`),
  },
  {
    name: 'money may go back without a cause',
    promise: 'a refund is made once',
    edits: [
      {
        file: ORDERS,
        text: "CHECK (state <> 'refunding' OR refund_cause IS NOT NULL)",
        put: "CHECK (state <> '')",
      },
    ],
    caughtBy: refuses('payment_refunding', `UPDATE orders.payment SET state = 'refunding'`),
  },
  {
    name: 'one cause may be refunded twice',
    promise: 'never more goes back than was taken',
    edits: [
      {
        file: 'services/payment/prisma/migrations/0003_constraints/migration.sql',
        text: 'UNIQUE (payment_id, cause)',
        put: 'UNIQUE (refund_id, cause)',
      },
    ],
    caughtBy: refuses('refund_once', SAME_CAUSE),
  },
  {
    name: 'the version of a view may be anything',
    promise: 'a batch of an older view never commits',
    edits: [
      {
        file: 'services/inventory/prisma/migrations/0007_constraints/migration.sql',
        text: 'CHECK (epoch >= 1 AND',
        put: 'CHECK (epoch >= -1 AND',
      },
    ],
    caughtBy: refuses('sale_epoch', 'UPDATE inventory.sale SET epoch = 0'),
  },
]
