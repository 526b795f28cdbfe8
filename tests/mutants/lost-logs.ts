import type { Mutant } from './mutant.ts'

const TOPIC_LOG = 'packages/kit/src/events/topic-log.ts'
const WATCH = 'packages/kit/src/events/log-watch.ts'
const tests = (name: string) => `packages/kit/test/${name}.int.test.ts`
const IN_TURNS = {
  file: tests('events-lost'),
  test: 'what is new and what nobody had come to is not kept waiting by all that was ever told',
}

/** What is done when Kafka loses what it has confirmed. */
export const LOST_LOG_MUTANTS: readonly Mutant[] = [
  {
    name: 'a topic that was made anew is not noticed',
    promise: 'what Kafka loses is told again',
    edits: [{ file: WATCH, text: 'idOf(old.topic) === old.logId && ', put: '' }],
    caughtBy: {
      file: tests('events-lost'),
      test: 'a topic made anew that is longer than the old one by the time anybody looks',
    },
  },
  {
    name: 'a log that was cut off is not noticed while nothing is told',
    promise: 'what Kafka loses is told again',
    edits: [
      { file: WATCH, text: 'Number(high) < (log.ends[partition] ?? 0)', put: 'Number(high) < -partition' },
    ],
    caughtBy: {
      file: tests('events-lost'),
      test: 'a log that was cut off is found short although nothing is told',
    },
  },
  {
    name: 'an offset that was given out before tells nothing',
    promise: 'what Kafka loses is told again',
    edits: [
      { file: TOPIC_LOG, text: 'from < (ends[partition] ?? log.ends[partition] ?? 0)', put: 'from < 0' },
    ],
    caughtBy: {
      file: tests('events-topic-log'),
      test: 'an offset that was confirmed before tells of a loss',
    },
  },
  {
    name: 'what went into a lost log passes for told',
    promise: 'what Kafka loses is told again',
    edits: [{ file: TOPIC_LOG, text: ' and log.generation = told.generation', put: '' }],
    caughtBy: {
      file: tests('events-topic-log'),
      test: 'what was sent while the log was found lost is not marked as sent',
    },
  },
  {
    name: 'of a lost log the oldest is told again, and the newest never',
    promise: 'what Kafka loses is told again',
    edits: [
      {
        file: 'packages/kit/src/events/retell.ts',
        text: '.slice(0, rowsMax)',
        put: '.slice(-rowsMax)',
      },
    ],
    caughtBy: IN_TURNS,
  },
  {
    name: 'what is new waits behind all that was ever told',
    promise: 'what Kafka loses is told again',
    edits: [
      {
        file: 'packages/kit/src/events/relay.ts',
        text: 'const more = retelling && (await transaction(pool, passes.tellAgain))',
        put: 'const more = false\nif (retelling) while (await transaction(pool, passes.tellAgain));',
      },
    ],
    caughtBy: IN_TURNS,
  },
  {
    name: 'a new log is read on from where the old one was left',
    promise: 'no consumer skips what a new log holds',
    edits: [
      {
        file: 'packages/kit/src/events/heard.ts',
        text: "if (messages[0]?.offset !== '0' &&",
        put: "if (messages[0]?.offset === 'none' &&",
      },
    ],
    caughtBy: {
      file: tests('events-new-log'),
      test: 'a topic made anew and filled beyond where its consumer stands: nothing is skipped',
    },
  },
]
