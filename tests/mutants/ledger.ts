import type { Mutant } from './mutant.ts'

const INIT = 'services/inventory/prisma/migrations/0001_init/migration.sql'
const SQL = 'services/inventory/src/adapters/ledger-sql.ts'
const LEDGER = 'services/inventory/src/adapters/ledger-postgres.ts'
const REVIVAL = 'services/inventory/src/adapters/revival-postgres.ts'
const tests = (name: string) => `services/inventory/test/${name}.int.test.ts`
const TOO_MUCH =
  'a view that gives more than there is never oversells: the ledger refuses and the view is rebuilt'

/** The inventory's rows: what makes a yes true. */
export const LEDGER_MUTANTS: readonly Mutant[] = [
  {
    name: 'no CHECK against selling what is not there',
    promise: 'no oversell',
    edits: [
      {
        file: INIT,
        text: 'CHECK (available >= 0 AND reserved >= 0 AND sold >= 0)',
        put: 'CHECK (units >= 0)',
      },
    ],
    caughtBy: {
      file: tests('repair'),
      test: TOO_MUCH,
    },
  },
  {
    name: 'no CHECK that the counters add up to the units',
    promise: 'no oversell',
    edits: [{ file: INIT, text: 'CHECK (available + reserved + sold = units)', put: 'CHECK (units >= 0)' }],
    caughtBy: {
      file: tests('ledger'),
      test: 'counters whose sum is not the units of the sale cannot be written',
    },
  },
  {
    name: 'no CHECK of what a buyer may have',
    promise: 'no more than the limit',
    edits: [{ file: INIT, text: 'CHECK (used <= allowed)', put: 'CHECK (allowed > 0)' }],
    caughtBy: {
      file: tests('repair'),
      test: 'a view that forgot who bought never lets a buyer beyond the limit',
    },
  },
  {
    name: 'a reservation is written over by whoever comes later',
    promise: 'one claim, one reservation, one order',
    edits: [
      {
        file: SQL,
        text: "WHERE r.state = 'void' AND r.stamp < excluded.stamp\n  RETURNING claim_id, sale_id",
        put: 'WHERE r.stamp < excluded.stamp\n  RETURNING claim_id, sale_id',
      },
    ],
    caughtBy: {
      file: tests('ledger-model'),
      test: 'under any order of entering, voiding and releasing, a reservation and its units follow the rule',
    },
  },
  {
    name: 'a batch that was voided is held when it wakes',
    promise: 'a voided claim is never held',
    edits: [
      {
        file: SQL,
        text: "WHERE r.state = 'void' AND r.stamp < excluded.stamp\n  RETURNING claim_id, sale_id",
        put: "WHERE r.state = 'void'\n  RETURNING claim_id, sale_id",
      },
    ],
    caughtBy: {
      file: tests('repair'),
      test: 'a batch that wakes after its claims were voided and resold finds the void and loses',
    },
  },
  {
    name: 'units are given back without a void before them',
    promise: 'a voided claim is never held',
    edits: [
      {
        file: 'services/inventory/src/stages/reconciler.ts',
        text: 'await ledger.voidClaims(saleId, overdue)',
        put: 'new Set(overdue.map(({ claimId }) => (ledger ? claimId : saleId)))',
      },
    ],
    caughtBy: {
      file: tests('repair'),
      test: 'a batch that wakes after its claims were voided and resold finds the void and loses',
    },
  },
  {
    name: 'a reservation that is held is voided',
    promise: 'a voided claim is never held',
    edits: [
      {
        file: SQL,
        text: "WHERE r.state = 'void' AND r.stamp < excluded.stamp\n  RETURNING claim_id\n",
        put: 'WHERE r.stamp < excluded.stamp\n  RETURNING claim_id\n',
      },
    ],
    caughtBy: {
      file: tests('ledger-model'),
      test: 'under any order of entering, voiding and releasing, a reservation and its units follow the rule',
    },
  },
  {
    name: 'a batch of an older view is counted in the newer one',
    promise: 'a batch of an older view never commits',
    edits: [
      { file: SQL, text: 'AND s.epoch = t.epoch AND t.locked', put: 'AND t.locked' },
      { file: SQL, text: 'RETURNING s.sale_id, s.epoch', put: 'RETURNING s.sale_id, t.epoch' },
    ],
    caughtBy: {
      file: tests('repair'),
      test: 'a batch taken in an older view is refused whole, and its neighbours of other sales are not',
    },
  },
  {
    name: 'a batch of an older view is not rolled back',
    promise: 'a batch of an older view never commits',
    edits: [{ file: LEDGER, text: 'if (stale.length > 0) throw', put: 'if (stale.length < 0) throw' }],
    caughtBy: {
      file: tests('repair'),
      test: 'a batch taken in an older view is refused whole, and its neighbours of other sales are not',
    },
  },
  {
    name: 'reservations are written and not told',
    promise: 'every change is told',
    edits: [{ file: LEDGER, text: 'tellReserved(tx, held)\n', put: 'tellReserved(tx, held.slice(0, 0))\n' }],
    caughtBy: {
      file: tests('ledger'),
      test: 'each claim that is entered is told of, once, under its own key',
    },
  },
  {
    name: 'an end that is told late undoes what came after it',
    promise: 'orders and reservations agree, in whatever order events come',
    edits: [
      {
        file: SQL,
        text: 'AND r.version < c.version\n  ORDER BY r.claim_id FOR UPDATE OF r\n), ended',
        put: '\n  ORDER BY r.claim_id FOR UPDATE OF r\n), ended',
      },
      {
        file: SQL,
        text: "m.claim_id AND r.state <> 'void' AND r.version < m.version\n  RETURNING r.claim_id",
        put: "m.claim_id AND r.state <> 'void'\n  RETURNING r.claim_id",
      },
    ],
    caughtBy: {
      file: tests('order-versions'),
      test: 'hybrid: however events and revivals come, the greatest version counts and the books balance',
    },
  },
  {
    name: 'units of an order that ended twice come back twice',
    promise: 'every event has one effect',
    edits: [
      {
        file: SQL,
        text: "SELECT * FROM ended WHERE was IN ('held', 'sold')",
        put: "SELECT * FROM ended WHERE was <> 'void'",
      },
    ],
    caughtBy: {
      file: tests('order-versions'),
      test: 'hybrid: however events and revivals come, the greatest version counts and the books balance',
    },
  },
  {
    name: 'a revival counts in a view that has been replaced',
    promise: 'a batch of an older view never commits',
    edits: [{ file: REVIVAL, text: 's.epoch = $3 AND', put: 's.epoch >= $3 AND' }],
    caughtBy: {
      file: tests('revive'),
      test: 'units taken in a view that has been replaced are not held, and nothing changes',
    },
  },
]
