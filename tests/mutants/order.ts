import type { Mutant } from './mutant.ts'

const CHANGES = 'services/order/src/adapters/changes-postgres.ts'
const ROWS = 'services/order/src/adapters/rows-postgres.ts'
const PAYMENTS = 'services/order/src/adapters/payments-postgres.ts'
const LATE = 'services/order/src/resolve-late.ts'
const tests = (name: string) => `services/order/test/${name}.int.test.ts`

export const ORDER_MUTANTS: readonly Mutant[] = [
  {
    name: 'an order that has ended is ended again',
    promise: 'one end for each order',
    edits: [
      {
        file: CHANGES,
        text: "chosen.order_id and orders.state = '${from}'",
        put: "chosen.order_id and '${from}' <> orders.currency",
      },
    ],
    caughtBy: {
      file: tests('changes'),
      test: '20 cancels and 5 sweeps at once end an order exactly once, and tell it once',
    },
  },
  {
    name: 'orders without a primary key',
    promise: 'one claim, one reservation, one order',
    edits: [
      {
        file: 'services/order/prisma/migrations/0001_init/migration.sql',
        text: 'PRIMARY KEY (user_id, order_id)',
        put: "CHECK (currency <> '')",
      },
      {
        file: 'services/order/prisma/migrations/0002_payments/migration.sql',
        text: 'FOREIGN KEY (user_id, order_id) REFERENCES orders (user_id, order_id)',
        put: "CHECK (outcome <> '')",
      },
    ],
    caughtBy: {
      file: tests('place'),
      test: 'one key sent 50 times at once makes one order and the same answer, byte for byte',
    },
  },
  {
    name: 'orders are written and not told',
    promise: 'every change is told',
    edits: [{ file: ROWS, text: 'tellPlaced(tx, placed)', put: 'tellPlaced(tx, [])' }],
    caughtBy: {
      file: tests('place'),
      test: 'whoever hears placed finds the order at once, and it was told once',
    },
  },
  {
    name: 'a buyer hears placed before the rows are committed',
    promise: 'no accepted order lost',
    edits: [
      {
        file: 'services/order/src/place-orders.ts',
        text: 'await noting(rowOutage, write(batch.flat()))',
        put: 'void noting(rowOutage, write(batch.flat())).catch(() => undefined)',
      },
    ],
    caughtBy: {
      file: 'services/order/src/place-orders.test.ts',
      test: 'nobody hears placed before the rows are committed',
    },
  },
  {
    name: 'a used key is taken for another quantity',
    promise: 'one claim, one reservation, one order',
    edits: [
      {
        file: 'services/order/src/domain/placement.ts',
        text: 'verdict.won.quantity !== claim.quantity',
        put: 'verdict.won.quantity < 0',
      },
    ],
    caughtBy: {
      file: 'services/order/src/domain/placement.test.ts',
      test: 'an earlier winner with another quantity is a used key',
    },
  },
  {
    name: 'another outcome passes under a used key of a payment',
    promise: 'a payment is charged once',
    edits: [
      {
        file: 'services/order/src/pay-order.ts',
        text: 'if (payment?.outcome === outcome &&',
        put: 'if (payment && outcome &&',
      },
    ],
    caughtBy: {
      file: tests('payments'),
      test: 'the same key again is the same payment, with another outcome it is refused',
    },
  },
  {
    name: 'orders expire by the clock of the process',
    promise: 'nothing assumes anything of clocks',
    edits: [
      {
        file: CHANGES,
        text: "name: 'expire-orders',\n    text: EXPIRE_SQL,",
        put: "text: EXPIRE_SQL.replace('now()', `'${new Date().toISOString()}'`),",
      },
    ],
    caughtBy: {
      file: tests('changes'),
      test: 'whether an order is overdue the clock of the database says, however wrong our own is',
    },
  },
  {
    name: 'an order expires while its payment is under way',
    promise: 'one end for each order',
    edits: [
      {
        file: CHANGES,
        text: "where state = 'pending' and greatest(expires_at, paying_until) <= now()",
        put: "where state = 'pending' and expires_at <= now()",
      },
    ],
    caughtBy: {
      file: tests('payments'),
      test: 'an order with a payment under way does not expire before the hold ends, then it does',
    },
  },
  {
    name: 'a sweep waits for orders in other hands',
    promise: 'one end for each order, in time',
    edits: [{ file: CHANGES, text: 'for no key update skip locked', put: 'for no key update' }],
    caughtBy: { file: tests('changes'), test: 'an order that somebody holds does not hold up the others' },
  },
  {
    name: 'two payments are under way for one order',
    promise: 'a payment is charged once',
    edits: [{ file: PAYMENTS, text: 'and (paying_until is null or paying_until <= now())', put: '' }],
    caughtBy: {
      file: tests('payments'),
      test: 'only one payment is under way at a time, and none after the end or for a stranger',
    },
  },
  {
    name: 'late money is not given back',
    promise: 'money that comes too late revives or goes back',
    edits: [
      { file: LATE, text: "giveBack('late', those(false))", put: "giveBack('late', [])" },
      { file: LATE, text: 'return late.length - undecided.length', put: 'return 0' },
    ],
    caughtBy: {
      file: tests('late-payments'),
      test: 'otherwise it goes back, and inventory hears of the end again, under a later version',
    },
  },
  {
    name: 'late money does not revive its order',
    promise: 'money that comes too late revives or goes back',
    edits: [
      {
        file: LATE,
        text: 'await pay(those(true))',
        put: "await pay([])\n  await giveBack('late', those(true))",
      },
    ],
    caughtBy: {
      file: tests('late-payments'),
      test: 'money for an order that has expired pays it when its units can be had again',
    },
  },
  {
    name: 'late money passes for settled',
    promise: 'money that comes too late revives or goes back',
    edits: [{ file: PAYMENTS, text: "is null then 'late' else", put: "is null then 'settled' else" }],
    caughtBy: {
      file: tests('late-payments'),
      test: 'money for an order that has expired pays it when its units can be had again',
    },
  },
  {
    name: 'the backstop makes no orders',
    promise: 'no accepted order lost',
    edits: [
      {
        file: 'services/order/src/consumers/stock-reserved.ts',
        text: 'if (missing.length === 0) return undefined',
        put: 'if (missing.length >= 0) return undefined',
      },
    ],
    caughtBy: {
      file: tests('backstop'),
      test: 'makes the missing order of a reservation, once, and the repeated key answers it',
    },
  },
  {
    name: 'an order is shown to whoever names it',
    promise: 'a foreign order is as unknown as one that never was',
    edits: [
      {
        file: 'services/order/src/adapters/reading-prisma.ts',
        text: 'const userId = { in: keys.map((key) => key.userId) }',
        put: 'const userId = { notIn: keys.map((key) => key.orderId) }',
      },
      {
        file: 'services/order/src/adapters/reading-prisma.ts',
        text: 'return `${userId} ${orderId}`',
        put: 'return userId.slice(36) + orderId',
      },
    ],
    caughtBy: { file: tests('reading'), test: 'an unknown and a foreign order are 404' },
  },
  {
    name: 'orders expire only when the queue wakes the sweep',
    promise: 'nothing assumes anything of BullMQ',
    edits: [
      {
        file: 'services/order/src/rounds.ts',
        text: 'setInterval(() => void sweep(), everyMs)',
        put: 'setInterval(() => undefined, everyMs)',
      },
    ],
    caughtBy: {
      file: tests('expiry'),
      test: 'an unpaid order expires by the sweeper alone when the wake-up queue is not there',
    },
  },
]
