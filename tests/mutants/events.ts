import type { Mutant } from './mutant.ts'

const PASSES = 'packages/kit/src/events/passes.ts'
const REPLAY = 'packages/kit/src/events/replay.ts'
const POSTGRES = 'packages/kit/src/postgres.ts'
const tests = (name: string) => `packages/kit/test/${name}.int.test.ts`

const REPLAYED_ONCE = 'a letter is worked on once, whoever replays it and however many do so at once'

/** What all services share: transactions, telling and hearing. */
export const EVENT_MUTANTS: readonly Mutant[] = [
  {
    name: 'a COMMIT that was answered ROLLBACK passes for success',
    promise: 'no accepted order lost',
    edits: [{ file: POSTGRES, text: "end?.command !== 'COMMIT'", put: 'end === undefined' }],
    caughtBy: { file: tests('postgres'), test: 'an error that was caught does not pass for a commit' },
  },
  {
    name: 'nobody waits for the COMMIT',
    promise: 'no accepted order lost',
    edits: [
      {
        file: POSTGRES,
        text: 'const end = (await Promise.all(sent)).at(-1)',
        put: "const end = sent.length > 0 ? { command: 'COMMIT' } : undefined",
      },
    ],
    caughtBy: {
      file: tests('postgres'),
      test: 'a statement nobody waits for undoes the transaction when it fails, and says why',
    },
  },
  {
    name: 'a view is not read at one instant',
    promise: 'the answer to any doubt is a new view',
    edits: [
      { file: POSTGRES, text: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', put: 'BEGIN READ ONLY' },
    ],
    caughtBy: {
      file: tests('postgres'),
      test: 'what is read in a snapshot is of one instant, whatever is committed meanwhile',
    },
  },
  {
    name: 'the inbox lets everything pass',
    promise: 'every event has one effect',
    edits: [
      {
        file: 'packages/kit/src/events/inbox.ts',
        text: 'events.filter(({ id }) => unseen.delete(id))',
        put: "events.filter(({ id }) => unseen.has(id) || id !== '')",
      },
    ],
    caughtBy: {
      file: tests('events-consumer'),
      test: 'every message three times and in any order: one effect each, with two processes of a group',
    },
  },
  {
    name: 'a poison message is tried for ever',
    promise: 'a poison message stops nobody',
    edits: [
      {
        file: 'packages/kit/src/events/deliver.ts',
        text: 'tries < TRIES_MAX; tries++',
        put: 'tries < TRIES_MAX * 1e6; tries++',
      },
    ],
    caughtBy: {
      file: tests('events-consumer'),
      test: 'poison goes to dead_letter, and nothing else waits for it',
    },
  },
  {
    name: 'events are marked as told before the broker has answered',
    promise: 'every change is told',
    edits: [
      {
        file: PASSES,
        text: 'const receipts = await sender.send(',
        put: `const receipts = await ((letters: readonly Letter[]) =>
          Promise.race([sender.send(letters).catch(() => []), Promise.resolve([])]))(`,
      },
    ],
    caughtBy: {
      file: tests('events-outage'),
      test: 'what the broker has not confirmed is not marked as told',
    },
  },
  {
    name: 'an answer of the broker without an offset passes for a yes',
    promise: 'every change is told',
    edits: [
      {
        file: 'packages/kit/src/events/sender.ts',
        text: 'errorCode !== 0 || !(from >= 0)',
        put: 'errorCode !== 0 || !(from >= -1)',
      },
    ],
    caughtBy: {
      file: 'packages/kit/src/events/sender.test.ts',
      test: 'only an offset from each partition counts as an answer',
    },
  },
  {
    name: 'rows that commit after younger ones are passed over',
    promise: 'every change is told',
    edits: [
      {
        file: PASSES,
        text: 'from outbox where sent_at is null order by id limit $1',
        put: `from outbox where sent_at is null
  and id > (select coalesce(max(id), 0) from outbox where sent_at is not null) order by id limit $1`,
      },
    ],
    caughtBy: {
      file: tests('events-relay'),
      test: 'a row that commits after a younger one was told is told as well',
    },
  },
  {
    name: 'two relays tell the same rows',
    promise: 'every change is told',
    edits: [{ file: PASSES, text: '\n  for no key update skip locked', put: '' }],
    caughtBy: {
      file: tests('events-relay'),
      test: 'two relays on one outbox tell everything, and hardly anything twice',
    },
  },
  {
    name: 'events of one order go to any partition',
    promise: 'events of one subject keep their order',
    edits: [
      {
        file: 'packages/kit/src/events/outbox.ts',
        text: '`${fact.subject}\\t${event}`',
        put: '`${fact.id}\\t${event}`',
      },
    ],
    caughtBy: {
      file: 'packages/kit/src/events/outbox.test.ts',
      test: 'what is packed is unpacked, whatever characters an event holds',
    },
  },
  {
    name: 'a dead letter is replayed again and again',
    promise: 'every event has one effect',
    edits: [
      {
        file: REPLAY,
        text: 'if (letter.replayedAt) return',
        put: 'if (letter.replayedAt && id === options.consumer) return',
      },
    ],
    caughtBy: { file: tests('events-replay'), test: REPLAYED_ONCE },
  },
  {
    name: 'a dead letter is replayed by several at once',
    promise: 'every event has one effect',
    edits: [{ file: REPLAY, text: 'consumer = $2 for update`', put: 'consumer = $2`' }],
    caughtBy: { file: tests('events-replay'), test: REPLAYED_ONCE },
  },
]
