import type { Mutant } from './mutant.ts'

const PROMISE = 'no secret and no control character in a log'
const LOG = 'packages/kit/src/log.ts'
const REDACT = 'packages/kit/src/redact.ts'
const TEST = 'packages/kit/src/log.test.ts'

/** What a log must not hold, and what it must. */
export const LOG_MUTANTS: readonly Mutant[] = [
  {
    name: 'secrets are looked for in the line itself, and not in its objects',
    promise: PROMISE,
    edits: [{ file: REDACT, text: 'return redactIn(value as Fields, depth + 1)', put: 'return value' }],
    caughtBy: {
      file: TEST,
      test: 'secrets and personal data are taken out by name, however it is written and however deep',
    },
  },
  {
    name: 'an error is logged with all a driver hangs on it',
    promise: PROMISE,
    edits: [
      {
        file: REDACT,
        text: 'return describeError(value)',
        put: 'return value.name ? value : describeError(value)',
      },
    ],
    caughtBy: {
      file: TEST,
      test: 'an error is told without the rows a driver hangs on it, under whatever name',
    },
  },
  {
    name: 'what terminals obey is written as it came',
    promise: PROMISE,
    edits: [{ file: LOG, text: '\\u007f-\\u009f', put: '\\u007f' }],
    caughtBy: { file: TEST, test: 'no text ends a line, moves the cursor or turns around what follows' },
  },
  {
    name: 'a refusal that is answered ahead of all else leaves no line',
    promise: 'a line for each request that failed or whose trace is kept',
    edits: [
      {
        file: 'services/gateway/src/routes/refuse-sold-out.ts',
        text: 'if (access.wants(traceId, STATUS))',
        put: 'if (access.wants(traceId, STATUS) && !traceId)',
      },
    ],
    caughtBy: {
      file: 'services/gateway/test/access-lines.int.test.ts',
      test: 'each attempt is one line with its trace, its sale and how it ended',
    },
  },
]
