import type { Mutant } from './mutant.ts'

const SHELF = 'services/inventory/src/adapters/shelf-postgres.ts'
const tests = (name: string) => `services/inventory/test/${name}.int.test.ts`

/** Stages of the story that guard the stock, each in its own way. */
export const STAGE_MUTANTS: readonly Mutant[] = [
  {
    name: 'a holder that was overtaken still writes',
    promise: 'no oversell (the fence beside the lock)',
    edits: [{ file: SHELF, text: 'AND fence <= $3 RETURNING stock', put: 'RETURNING stock' }],
    caughtBy: {
      file: tests('multi-process-pause'),
      test: 'a holder paused past its lease: the fence keeps it out after the other has written',
    },
  },
  {
    name: 'looking at the stock does not raise the fence',
    promise: 'no oversell (the fence beside the lock)',
    edits: [{ file: SHELF, text: 'UPDATE shelf SET fence = $2', put: 'UPDATE shelf SET fence = fence' }],
    caughtBy: {
      file: tests('multi-process-pause'),
      test: 'a holder paused past its lease: the fence keeps it out once the other has only looked',
    },
  },
  {
    name: 'a wish takes what is not on the shelf',
    promise: 'no oversell',
    edits: [
      {
        file: 'services/inventory/src/adapters/wishes-postgres.ts',
        text: ' WHERE sale_id = $1 AND stock >= $2',
        put: ' WHERE sale_id = $1',
      },
    ],
    caughtBy: {
      file: tests('async'),
      test: 'the gate promised too much: the shelf has the last word, and its word is kept',
    },
  },
  {
    name: 'a wish is promised before it is on disk',
    promise: 'no accepted order lost',
    edits: [
      {
        file: 'services/inventory/src/stages/queued-stage.ts',
        text: "if ('done' in outcome) return { queued: true }",
        put: "if ('done' in outcome || deadline > 0) return { queued: true }",
      },
    ],
    caughtBy: {
      file: tests('async-faults'),
      test: 'the queue takes nothing: nobody is promised anything, and the unit is there for the next',
    },
  },
  {
    name: 'a unit in another hand is taken all the same',
    promise: 'no oversell',
    edits: [
      {
        file: 'services/inventory/src/stages/database.ts',
        text: '\n      FOR UPDATE SKIP LOCKED',
        put: '',
      },
    ],
    caughtBy: {
      file: tests('database'),
      test: 'database, unit-rows: a unit in another hand is passed over, and stays in it',
    },
  },
]
