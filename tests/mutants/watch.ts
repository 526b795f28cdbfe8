import type { Mutant } from './mutant.ts'

const INVENTORY = 'services/inventory/test/watch.int.test.ts'

/** Watching the books: a number that is wrong without anybody seeing it. */
export const WATCH_MUTANTS: readonly Mutant[] = [
  {
    name: 'an alarm is never raised',
    promise: 'what is wrong with the books is an alarm',
    edits: [
      {
        file: 'packages/kit/src/watch/alarms.ts',
        text: 'standing.raised = true',
        put: 'standing.raised = false',
      },
    ],
    caughtBy: {
      file: 'packages/kit/src/watch/alarms.test.ts',
      test: 'what is over its limit for too long is an alarm, told once, until it is not',
    },
  },
  {
    name: 'that nobody looks at the books is not said',
    promise: 'what is wrong with the books is an alarm',
    edits: [
      {
        file: 'packages/kit/src/watch/book-watch.ts',
        text: 'unseenMs: () => performance.now() - dueAt',
        put: 'unseenMs: () => dueAt - dueAt',
      },
    ],
    caughtBy: {
      file: 'packages/kit/src/watch/book-watch.test.ts',
      test: 'nobody having looked for long is an alarm of its own',
    },
  },
  {
    name: 'a gate that drifts is measured as if it did not',
    promise: 'what is wrong with the books is an alarm',
    edits: [
      {
        file: 'services/inventory/src/stages/watch-gate.ts',
        text: 'drifts.map(Math.abs)',
        put: 'drifts.map(() => 0)',
      },
    ],
    caughtBy: {
      file: INVENTORY,
      test: 'the watch finds stock doubled in the gate, and sees that it is mended',
    },
  },
  {
    name: 'units sold twice are measured as none',
    promise: 'what is wrong with the books is an alarm',
    edits: [
      {
        file: 'services/inventory/src/adapters/watch-postgres.ts',
        text: 'held + sold_rows - units',
        put: 'held - held',
      },
    ],
    caughtBy: {
      file: INVENTORY,
      test: 'the watch finds a reservation of more units than were taken, and sees that it is mended',
    },
  },
  {
    name: 'changes without an event are measured as none',
    promise: 'what is wrong with the books is an alarm',
    edits: [
      {
        file: 'services/order/src/adapters/watch-postgres.ts',
        text: 'abs(due.n - told.n)',
        put: 'abs(told.n - told.n)',
      },
    ],
    caughtBy: {
      file: 'services/order/test/watch.int.test.ts',
      test: 'the watch finds a change whose event was removed, and sees that it is mended',
    },
  },
]
