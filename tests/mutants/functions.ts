import type { Mutant } from './mutant.ts'

const INIT = 'services/functions/prisma/migrations/0001_init/migration.sql'
const EFFECTS = 'services/functions/src/adapters/effects-postgres.ts'
const CALLS = 'services/functions/src/adapters/calls-postgres.ts'
const tests = (name: string) => `services/functions/test/${name}.int.test.ts`
const REFUND_FIRST = [
  'a refund that is heard before the payment wins: the points that come later go back at once,',
  'and nobody hears of them',
].join(' ')

const IN_NO_LIST = [
  'calls whose jobs are there by name but in no list, as in a queue put back in part,',
  'are done all the same',
].join(' ')

/** What follows from an order. */
export const FUNCTION_MUTANTS: readonly Mutant[] = [
  {
    name: 'an older word about a coupon wins over a newer one',
    promise: 'one coupon, one points entry, one message',
    edits: [
      {
        file: EFFECTS,
        text: ' where coupon.version < excluded.version',
        put: '',
      },
    ],
    caughtBy: {
      file: tests('once'),
      test: REFUND_FIRST,
    },
  },
  {
    name: 'coupons without a key',
    promise: 'one coupon, one points entry, one message',
    edits: [
      { file: INIT, text: 'order_id uuid PRIMARY KEY', put: 'order_id uuid NOT NULL' },
      {
        file: EFFECTS,
        text: `on conflict (order_id) do update
  set state = excluded.state, version = excluded.version where coupon.version < excluded.version`,
        put: 'on conflict do nothing',
      },
    ],
    caughtBy: { file: tests('effects'), test: 'is one coupon' },
  },
  {
    name: 'points without a key',
    promise: 'one coupon, one points entry, one message',
    edits: [
      {
        file: INIT,
        text: 'event_id text PRIMARY KEY,\n  user_id  uuid NOT NULL,\n  order_id uuid NOT NULL,\n  kind',
        put: 'event_id text NOT NULL,\n  user_id  uuid NOT NULL,\n  order_id uuid NOT NULL,\n  kind',
      },
      { file: INIT, text: 'UNIQUE (order_id, kind)', put: 'CHECK (points < 1000000)' },
    ],
    caughtBy: { file: tests('effects'), test: 'is one entry of points' },
  },
  {
    name: 'messages without a key',
    promise: 'one coupon, one points entry, one message',
    edits: [
      {
        file: INIT,
        text: 'event_id text PRIMARY KEY,\n  user_id  uuid NOT NULL,\n  order_id uuid NOT NULL,\n  topic',
        put: 'event_id text NOT NULL,\n  user_id  uuid NOT NULL,\n  order_id uuid NOT NULL,\n  topic',
      },
      { file: INIT, text: 'UNIQUE (order_id, topic)', put: "CHECK (topic <> '')" },
    ],
    caughtBy: { file: tests('effects'), test: 'is one message' },
  },
  {
    name: 'a call that has ended is ended again',
    promise: 'compare-and-set on call.state',
    edits: [
      {
        file: CALLS,
        text: 'event_id = $2 and state = $3 returning 1',
        put: 'event_id = $2 and $3::text is not null returning 1',
      },
    ],
    caughtBy: {
      file: tests('effects'),
      test: 'is refused where the call has ended: the first result stands',
    },
  },
  {
    name: 'calls whose job was lost are not looked for',
    promise: 'nothing assumes anything of BullMQ',
    edits: [
      {
        file: 'services/functions/src/sweep-calls.ts',
        text: 'await announce(await overdue(rowsMax, everyMs))',
        put: 'await announce((await overdue(rowsMax, everyMs)).slice(rowsMax))',
      },
    ],
    caughtBy: {
      file: tests('outage'),
      test: 'calls heard while the queue is away are kept, and done once when it is back',
    },
  },
  {
    name: 'the queue is believed to know the jobs it has in no list',
    promise: 'nothing assumes anything of BullMQ',
    edits: [
      {
        file: 'services/functions/src/sweep-calls.ts',
        text: 'await overdue(rowsMax, lostMs)',
        put: '(await overdue(rowsMax, lostMs)).slice(rowsMax)',
      },
    ],
    caughtBy: { file: tests('outage'), test: IN_NO_LIST },
  },
  {
    name: 'a call that always fails is tried for ever',
    promise: 'a poison message stops nobody',
    edits: [{ file: CALLS, text: "tries >= $5 then 'dead'", put: "tries >= $5 + 1000 then 'dead'" }],
    caughtBy: {
      file: tests('failing'),
      test: 'and throws is given up after its tries, with the other functions and orders untouched',
    },
  },
]
