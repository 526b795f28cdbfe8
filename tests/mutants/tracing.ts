import type { Mutant } from './mutant.ts'

const PROMISE = 'one purchase is one trace'
const KIT = 'packages/kit/src/tracing'
const CHOOSING = `${KIT}/choosing.ts`
const CHOOSING_TEST = `${KIT}/choosing.test.ts`
const EVENTS = 'packages/kit/test/events-traces.int.test.ts'
const SPANS_TEST = `${KIT}/spans.test.ts`

/** What must be kept of a purchase, what need not, and what must not slow the others down. */
export const TRACING_MUTANTS: readonly Mutant[] = [
  {
    name: 'an id does not say what was decided',
    promise: PROMISE,
    edits: [
      {
        file: `${KIT}/trace-id.ts`,
        text: 'kept ? first | 0x80 : first & 0x7f',
        put: 'kept ? first : first & 0x7f',
      },
    ],
    caughtBy: { file: CHOOSING_TEST, test: 'an id says whether its trace is kept, and is otherwise random' },
  },
  {
    name: 'a rush keeps as many traces as it likes',
    promise: PROMISE,
    edits: [{ file: CHOOSING, text: '&& bucket.take(now())', put: '&& (bucket.take(now()) || true)' }],
    caughtBy: {
      file: CHOOSING_TEST,
      test: 'a rush keeps no more in a second than is allowed, and as many again in the next',
    },
  },
  {
    name: 'what an operator marks is chosen like the rest',
    promise: PROMISE,
    edits: [{ file: CHOOSING, text: 'always || ', put: 'always && ' }],
    caughtBy: { file: CHOOSING_TEST, test: 'what is marked is kept, whatever else is' },
  },
  {
    name: 'anybody’s mark is good',
    promise: PROMISE,
    edits: [
      {
        file: 'services/gateway/src/choose-traces.ts',
        text: 'given.length === key.length && timingSafeEqual(given, key)',
        put: 'given.length !== key.length || timingSafeEqual(given, key)',
      },
    ],
    caughtBy: {
      file: 'tests/tracing.test.ts',
      test: 'an unmarked request leaves nothing, nor does one whose client or wrong key asks for it',
    },
  },
  {
    name: 'a parent is not the hop before',
    promise: PROMISE,
    edits: [
      {
        file: 'packages/contracts/src/telemetry.ts',
        text: "'inventory ledger': { kind: 'client', after: 'order place'",
        put: "'inventory ledger': { kind: 'client', after: 'inventory gate'",
      },
    ],
    caughtBy: {
      file: SPANS_TEST,
      test: 'the span of a hop has its id and that of its parent from the trace and the table',
    },
  },
  {
    name: 'when everything fails, all of it is kept',
    promise: PROMISE,
    edits: [
      {
        file: `${KIT}/spans.ts`,
        text: '!this.#bucket.take(performance.now())',
        put: '!(this.#bucket.take(performance.now()) || true)',
      },
    ],
    caughtBy: { file: SPANS_TEST, test: 'when everything fails, only some of it is kept' },
  },
  {
    name: 'nobody remembers what went before a failure',
    promise: PROMISE,
    edits: [
      {
        file: `${KIT}/recent.ts`,
        text: '= { round, told }',
        put: '= { round: { ...round, traceIds: [] }, told }',
      },
    ],
    caughtBy: {
      file: SPANS_TEST,
      test: 'what was not chosen is kept when it fails or is slow, with what went before it in this process',
    },
  },
  {
    name: 'who gives up waiting is not counted',
    promise: PROMISE,
    edits: [
      { file: 'packages/kit/src/server.ts', text: "reply.raw.once('close'", put: "reply.raw.once('finish'" },
    ],
    caughtBy: {
      file: 'packages/kit/src/metrics/request-metrics.test.ts',
      test: 'a request whose client gave up is counted as 499, and is in flight no more',
    },
  },
  {
    name: 'an event that is given up leaves no span',
    promise: 'what failed is kept as a trace',
    edits: [{ file: 'packages/kit/src/events/deliver.ts', text: 'keepTry(failure.rounds)', put: '' }],
    caughtBy: {
      file: EVENTS,
      test: 'an event that is given up has a span that says so, once, and so has the replay that heals it',
    },
  },
  {
    name: 'one failure of a batch is said of all of it',
    promise: 'what failed is kept as a trace',
    edits: [
      {
        file: `${KIT}/spans.ts`,
        text: 'failed: failureAt(round, i), attributes',
        put: 'failed: failureAt(round, i) ?? round.failed, attributes',
      },
    ],
    caughtBy: {
      file: SPANS_TEST,
      test: 'a failure that is a result marks only the spans of those it happened to',
    },
  },
  {
    name: 'an error in telling of work undoes the work',
    promise: 'telling never fails work',
    edits: [
      {
        file: `${KIT}/quietly.ts`,
        text: "diag.error('a hop could not be told of', error)",
        put: "diag.error('a hop could not be told of')\n    throw error",
      },
    ],
    caughtBy: { file: SPANS_TEST, test: 'what was done stays done, though telling of it fails' },
  },
  {
    name: 'a payment is told as settled before it is committed',
    promise: 'a trace tells what has happened',
    edits: [
      {
        file: 'services/payment/src/till.ts',
        text: "if (next.to !== 'processing') ending = payment\n",
        put: "if (next.to !== 'processing') tell(traceOf(payment))\n",
      },
    ],
    caughtBy: {
      file: 'services/payment/test/settling.int.test.ts',
      test: 'a payment is settled in a trace when it is committed, and every question about it counts',
    },
  },
]
