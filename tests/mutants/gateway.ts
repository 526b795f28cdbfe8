import type { Mutant } from './mutant.ts'

const IDENTITY = 'services/gateway/src/domain/identity.ts'
const TOKENS = 'services/gateway/src/adapters/tokens-jwks.test.ts'
const FLAGS = 'services/gateway/src/domain/sold-out-flags.ts'
const PEER = 'packages/kit/src/peer.ts'
const PASS_THROUGH = 'services/gateway/test/pass-through.int.test.ts'
const SERVER = 'packages/kit/src/server.ts'

/** The door, and what all servers share with it. */
export const GATEWAY_MUTANTS: readonly Mutant[] = [
  {
    name: 'a token is good for ever',
    promise: 'nobody acts for another buyer',
    edits: [{ file: IDENTITY, text: ' || exp * 1_000 + LEEWAY_MS <= now', put: '' }],
    caughtBy: { file: TOKENS, test: 'none of 101 forged tokens is let in, nor remembered' },
  },
  {
    name: 'a token for somebody else’s house is let in',
    promise: 'nobody acts for another buyer',
    edits: [{ file: IDENTITY, text: "aud !== 'stampede-api'", put: "typeof aud !== 'string'" }],
    caughtBy: { file: TOKENS, test: 'none of 101 forged tokens is let in, nor remembered' },
  },
  {
    name: 'a token is believed whatever its algorithm and signature',
    promise: 'nobody acts for another buyer',
    edits: [
      { file: IDENTITY, text: "alg !== 'EdDSA' ||", put: "typeof alg !== 'string' ||" },
      {
        file: 'services/gateway/src/adapters/tokens-jwks.ts',
        text: 'return verify(token)',
        put: "return verify.length < 0 || JSON.parse(atob(token.split('.')[1] ?? ''))",
      },
    ],
    caughtBy: { file: TOKENS, test: 'none of 101 forged tokens is let in, nor remembered' },
  },
  {
    name: 'buyers are let in where operators are meant',
    promise: 'operators alone may do what is theirs',
    edits: [
      {
        file: 'services/gateway/src/routes/identify.ts',
        text: "if (request.identity.role === 'operator') done()",
        put: 'if (request.identity.role) done()',
      },
    ],
    caughtBy: { file: 'services/gateway/test/dead-letters.int.test.ts', test: 'they are for operators only' },
  },
  {
    name: 'the story of an order is told to whoever asks',
    promise: 'nobody acts for another buyer',
    edits: [
      {
        file: 'services/gateway/src/tell-story.ts',
        text: 'some((each) => each.userId === userId)',
        put: 'some((each) => each.userId !== null)',
      },
    ],
    caughtBy: {
      file: 'services/gateway/test/story.int.test.ts',
      test: 'another buyer’s order and an unknown one are 404, though some service has steps',
    },
  },
  {
    name: 'a key of one buyer is the key of all',
    promise: 'one claim, one reservation, one order',
    edits: [
      {
        file: 'packages/contracts/src/ids.ts',
        text: '`${userId}\\n${saleId}\\n${idempotencyKey}`',
        put: '`${userId.length}\\n${saleId}\\n${idempotencyKey}`',
      },
    ],
    caughtBy: {
      file: 'packages/contracts/src/ids.test.ts',
      test: 'another user, sale or key is another order',
    },
  },
  {
    name: 'a winner who repeats is told that all is sold',
    promise: 'no accepted order lost',
    edits: [
      { file: FLAGS, text: 'return !flag.prints.has(printKey(key))', put: 'return printKey(key) >= 0' },
    ],
    caughtBy: {
      file: 'services/gateway/src/domain/sold-out-flags.test.ts',
      test: 'a raised flag refuses everyone but the winners and those whose key is missing or malformed',
    },
  },
  {
    name: 'a sold-out flag stands for ever',
    promise: 'no unit left lying by mistake',
    edits: [{ file: FLAGS, text: 'if (!flag || flag.until <= now ||', put: 'if (!flag ||' }],
    caughtBy: {
      file: 'services/gateway/src/domain/sold-out-flags.test.ts',
      test: 'a flag that is not confirmed ends after a second, counted from the question',
    },
  },
  {
    name: 'the inner routes need no key',
    promise: 'only our own services are let in',
    edits: [
      {
        file: SERVER,
        text: 'given.length === wanted.length && timingSafeEqual(given, wanted)',
        put: 'given.length < 1_000_000 || timingSafeEqual(given, wanted)',
      },
    ],
    caughtBy: {
      file: 'services/order/test/reading.int.test.ts',
      test: 'without the internal key nothing is answered',
    },
  },
  {
    name: 'the inner routes are known by how their path is spelt',
    promise: 'only our own services are let in',
    edits: [{ file: SERVER, text: 'request.routeOptions.url ?? request.url', put: 'request.url' }],
    caughtBy: {
      file: 'services/order/test/reading.int.test.ts',
      test: 'without the internal key nothing is answered',
    },
  },
  {
    name: 'a body may be of any length',
    promise: 'everything has a limit',
    edits: [{ file: SERVER, text: 'options.bodyMax ?? 16 * 1024', put: 'options.bodyMax ?? 16 * 1024 ** 2' }],
    caughtBy: {
      file: 'services/gateway/test/purchases.int.test.ts',
      test: 'bad bodies are 400 with every bad field, other kinds 413 and 415',
    },
  },
  {
    name: 'a queue without an end',
    promise: 'everything has a limit',
    edits: [
      {
        file: 'packages/kit/src/batcher.ts',
        text: 'if (this.#closed || this.#waiting + size > this.#options.queueMax) {',
        put: 'if (this.#closed) {',
      },
    ],
    caughtBy: {
      file: 'packages/kit/src/batcher.test.ts',
      test: 'under any timing each item is answered once, with its own result, within every limit',
    },
  },
  {
    name: 'a token to renew a session is good twice',
    promise: 'nobody acts for another buyer',
    edits: [
      {
        file: 'services/user/src/adapters/sessions-prisma.ts',
        text: 'AND t.used_at IS NULL AND',
        put: 'AND',
      },
    ],
    caughtBy: {
      file: 'services/user/test/sessions.int.test.ts',
      test: 'of 20 who bring one refresh token at once, one gets a session and the family ends',
    },
  },
  {
    name: 'a peer’s 408 is passed on to the caller',
    promise: 'a client hears only of its own request',
    edits: [{ file: PEER, text: ' || status === 408', put: '' }],
    caughtBy: {
      file: 'packages/kit/src/peer.test.ts',
      test: 'that a request came too slowly is between the two of us, and no answer',
    },
  },
  {
    name: 'a connection on which nothing came is answered',
    promise: 'a client hears only of its own request',
    edits: [{ file: 'packages/kit/src/server-errors.ts', text: ' || socket.bytesRead === 0', put: '' }],
    caughtBy: {
      file: 'services/gateway/test/surface.int.test.ts',
      test: 'a connection opened ahead, on which nothing comes, is closed without an answer',
    },
  },
  {
    name: 'what a caller writes into headers is passed on inside',
    promise: 'only our own services are let in',
    edits: [
      {
        file: PEER,
        text: 'readonly traceId?: string',
        put: 'readonly traceId?: string\n  readonly more?: object',
      },
      { file: PEER, text: 'body, budgetMs, traceId }', put: 'body, budgetMs, traceId, more }' },
      { file: PEER, text: 'string> = { authorization', put: 'string> = { ...more, authorization' },
      {
        file: 'services/gateway/src/routes/pass-on.ts',
        text: 'peer.ask({ budgetMs: BUDGET_MS,',
        put: 'peer.ask({ more: reply.request.headers, budgetMs: BUDGET_MS,',
      },
    ],
    caughtBy: { file: PASS_THROUGH, test: 'nothing that a caller writes into headers goes further' },
  },
  {
    name: 'a problem is told with all that the inside says of it',
    promise: 'nothing of the inside shows',
    edits: [
      {
        file: 'services/gateway/src/routes/pass-on.ts',
        text: 'if (answer.status < 400) return',
        put: 'if (answer.status < 500) return',
      },
    ],
    caughtBy: {
      file: PASS_THROUGH,
      test: 'POST /api/users passes problems on and names its own trace',
    },
  },
  {
    name: 'anybody’s word is taken for the address of a caller',
    promise: 'everything has a limit',
    edits: [
      {
        file: 'services/gateway/src/app.ts',
        text: "config.TRUST_PROXY.split(',')",
        put: "['0.0.0.0/1', '128.0.0.0/1', '::/1', '8000::/1']",
      },
    ],
    caughtBy: {
      file: 'services/gateway/test/quotas.int.test.ts',
      test: 'a forwarded address from elsewhere than a trusted proxy does not count',
    },
  },
]
