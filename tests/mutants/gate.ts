import type { Mutant } from './mutant.ts'

const TAKE = 'services/inventory/src/adapters/gate/take.lua'
const tests = (name: string) => `services/inventory/test/${name}.int.test.ts`
const MODEL = {
  file: tests('gate-model'),
  test: 'the gate does what a plain model does, under any sequence of batches, voids, releases and confirms',
}
const TOO_MUCH =
  'a view that gives more than there is never oversells: the ledger refuses and the view is rebuilt'

/** The inventory's views in Redis, and what is done when they are in doubt. */
export const GATE_MUTANTS: readonly Mutant[] = [
  {
    name: 'the gate forgets what a buyer has',
    promise: 'no more than the limit',
    edits: [{ file: TAKE, text: 'has + quantity > limit', put: 'quantity > limit' }],
    caughtBy: MODEL,
  },
  {
    name: 'the gate gives one unit too many',
    promise: 'no oversell',
    edits: [{ file: TAKE, text: 'quantity > left', put: 'quantity > left + 1' }],
    caughtBy: MODEL,
  },
  {
    name: 'the gate does not know a claim again',
    promise: 'one claim, one reservation, one order',
    edits: [{ file: TAKE, text: " or redis.call('HGET', KEYS[3], claimId)", put: '' }],
    caughtBy: MODEL,
  },
  {
    name: 'the gate takes another quantity for the same claim',
    promise: 'one claim, one reservation, one order',
    edits: [{ file: TAKE, text: '(units or quantity) == quantity and', put: 'quantity > 0 and' }],
    caughtBy: MODEL,
  },
  {
    name: 'the gate sells out of a view that lost its buyers',
    promise: 'no more than the limit',
    edits: [
      {
        file: TAKE,
        text: "if redis.call('HLEN', KEYS[2]) ~= tonumber(gate[8]) then return false end",
        put: '',
      },
    ],
    caughtBy: { file: tests('repair'), test: 'a view that lost its users is found damaged and rebuilt' },
  },
  {
    name: 'an older view takes the place of a newer one',
    promise: 'a batch of an older view never commits',
    edits: [
      {
        file: 'services/inventory/src/adapters/gate/open.lua',
        text: 'if epoch >= tonumber(ARGV[1]) then return 0 end',
        put: '',
      },
    ],
    caughtBy: {
      file: tests('ledger'),
      test: 'a view that was read long ago never takes the place of a newer one',
    },
  },
  {
    name: 'a void of an earlier wish gives back the units of a later one',
    promise: 'a voided claim is never held',
    edits: [
      {
        file: 'services/inventory/src/adapters/gate/free.lua',
        text: "if stamp and (ARGV[i + 1] == '' or ARGV[i + 1] == stamp) then",
        put: 'if stamp then',
      },
    ],
    caughtBy: {
      file: tests('repair'),
      test: 'a void of an earlier stamp leaves the same wish, made anew, to be settled',
    },
  },
  {
    name: 'the gate stays open while its view is in doubt',
    promise: 'a batch of an older view never commits',
    edits: [
      {
        file: 'services/inventory/src/stages/rebuild.ts',
        text: 'await gate.shut(saleId)',
        put: 'await gate.look(saleId)',
      },
    ],
    caughtBy: {
      file: tests('ledger'),
      test: 'from the first doubt on the gate of a sale is shut, until its view has been made anew',
    },
  },
  {
    name: 'a view that promised too much is not made anew',
    promise: 'the answer to any doubt is a new view',
    edits: [
      {
        file: 'services/inventory/src/stages/hybrid.ts',
        text: 'if (wrong > 0) void rebuild(',
        put: 'if (wrong < 0) void rebuild(',
      },
    ],
    caughtBy: {
      file: tests('repair'),
      test: TOO_MUCH,
    },
  },
  {
    name: 'a view that drifted is left as it is',
    promise: 'the answer to any doubt is a new view',
    edits: [
      {
        file: 'services/inventory/src/stages/doubt.ts',
        text: 'pending > 0 || left === available',
        put: 'pending > 0 || left >= available',
      },
    ],
    caughtBy: {
      file: tests('repair'),
      test: 'units that a view has beyond those of the ledger are taken out of it',
    },
  },
  {
    name: 'a Redis that was put back is not noticed',
    promise: 'the answer to any doubt is a new view',
    edits: [
      {
        file: 'services/inventory/src/adapters/mark-redis.ts',
        text: 'before.includes(found)',
        put: 'before.length >= 0',
      },
    ],
    caughtBy: {
      file: tests('mark'),
      test: 'a Redis that was put back is known by an earlier mark, once',
    },
  },
  {
    name: 'a Redis that was put back goes on selling from its old views',
    promise: 'the answer to any doubt is a new view',
    edits: [
      {
        file: 'services/inventory/src/stages/put-back.ts',
        text: 'if (isPutBack) log.warn(',
        put: 'if (isPutBack && closed) log.warn(',
      },
    ],
    caughtBy: {
      file: tests('put-back'),
      test: 'a Redis put back whose view has caught up since, with other claims, is found and rebuilt',
    },
  },
  {
    name: 'a pass waits for each view that cannot be rebuilt',
    promise: 'the answer to any doubt is a new view',
    edits: [
      {
        file: 'services/inventory/src/stages/reconciler.ts',
        text: 'if (!goesOn || this.#closed) return',
        put: 'if (this.#closed) return',
      },
    ],
    caughtBy: {
      file: tests('put-back'),
      test: 'while the ledger does not answer a pass tries few views, and the next one goes on with all',
    },
  },
  {
    name: 'units freed while their view is being loaded are not given back',
    promise: 'the answer to any doubt is a new view',
    edits: [
      {
        file: 'services/inventory/src/stages/give-back.ts',
        text: 'waiting < WAITING_MAX',
        put: 'waiting > WAITING_MAX',
      },
    ],
    caughtBy: {
      file: tests('give-back'),
      test: 'units freed while a view is loaded that was read before are in it soon, though nobody mends',
    },
  },
  {
    name: 'units lacking in the view of a busy sale are not noticed',
    promise: 'the answer to any doubt is a new view',
    edits: [
      {
        file: 'services/inventory/src/stages/doubt.ts',
        text: 'const isLacking = lackOf({ available, limitPerUser }, view) > 0',
        put: 'const isLacking = lackOf({ available, limitPerUser }, view) > available',
      },
    ],
    caughtBy: {
      file: tests('repair'),
      test: 'units that drifted away are brought back while the sale goes on selling',
    },
  },
  {
    name: 'what was sold between a look at a sale and one at its view is taken for lacking',
    promise: 'the answer to any doubt is a new view',
    edits: [
      {
        file: 'services/inventory/src/stages/reconciler.ts',
        text: 'if (!isLacking) return before',
        put: 'if (!isLacking || before.length > 0) return before',
      },
    ],
    caughtBy: {
      file: tests('repair'),
      test: 'units sold between a look at a sale and one at its view are not taken for lacking',
    },
  },
]
