import type { Mutant } from './mutant.ts'

const INIT = 'services/provider/prisma/migrations/0001_init/migration.sql'
const PAYMENT = 'services/payment/src'
const PAYMENTS_INIT = 'services/payment/prisma/migrations/0001_init/migration.sql'
const CHARGES = 'services/provider/test/charges.int.test.ts'
const OUTCOMES = 'services/payment/test/outcomes.int.test.ts'
const SIGNATURES = 'services/payment/src/adapters/signatures-standardwebhooks.test.ts'

/** The payment service, and the provider. */
export const MONEY_MUTANTS: readonly Mutant[] = [
  {
    name: 'no CHECK of what goes back of a charge',
    promise: 'never more goes back than was taken',
    edits: [
      {
        file: INIT,
        text: 'CHECK (refunded_cents BETWEEN 0 AND taken_cents)',
        put: 'CHECK (asked_cents >= 0)',
      },
    ],
    caughtBy: {
      file: 'services/provider/test/checks.int.test.ts',
      test: 'more given back than was taken cannot be written, by whatever way',
    },
  },
  {
    name: 'charges without a primary key',
    promise: 'a payment is charged once',
    edits: [
      { file: INIT, text: 'reference      uuid PRIMARY KEY', put: 'reference      uuid NOT NULL' },
      { file: INIT, text: ' REFERENCES charge (reference)', put: '' },
    ],
    caughtBy: {
      file: CHARGES,
      test: 'a reference is one charge, however often and however much at once it is asked for',
    },
  },
  {
    name: 'a refund asked for again is made again',
    promise: 'a refund is made once',
    edits: [
      { file: INIT, text: 'reference        uuid PRIMARY KEY', put: 'reference        uuid NOT NULL' },
      {
        file: 'services/provider/src/adapters/credits-postgres.ts',
        text: 'if (before) {',
        put: 'if (before && before.amountCents < 0) {',
      },
    ],
    caughtBy: {
      file: CHARGES,
      test: 'a credit is one credit, and all of them together are never more than was taken',
    },
  },
  {
    name: 'payments without a primary key',
    promise: 'a payment is charged once',
    edits: [
      { file: PAYMENTS_INIT, text: 'payment_id   uuid PRIMARY KEY', put: 'payment_id   uuid NOT NULL' },
    ],
    caughtBy: { file: OUTCOMES, test: 'a payment asked for three times is charged once' },
  },
  {
    name: 'a refund is told again each time it is confirmed',
    promise: 'every event has one effect',
    edits: [
      {
        file: `${PAYMENT}/adapters/refunds-postgres.ts`,
        text: "where refund_id = $1 and state = 'requested'\n  returning",
        put: 'where refund_id = $1\n  returning',
      },
    ],
    caughtBy: { file: OUTCOMES, test: 'a refund that two have heard confirmed is told by one' },
  },
  {
    name: 'a refund that was refused is told as done',
    promise: 'a refund is made once',
    edits: [
      {
        file: `${PAYMENT}/carry-refund.ts`,
        text: "if (typeof told === 'object') return",
        put: "if (told !== 'unavailable') return",
      },
    ],
    caughtBy: {
      file: OUTCOMES,
      test: 'a refund of a payment that failed is never told as done, and counts as overdue',
    },
  },
  {
    name: 'any amount settles a payment',
    promise: 'another amount fails the payment and goes back',
    edits: [
      { file: `${PAYMENT}/domain/payment.ts`, text: 'amountCents === payment.amountCents && ', put: '' },
    ],
    caughtBy: {
      file: 'services/payment/src/domain/payment.test.ts',
      test: 'another amount or currency fails the payment and gives all of it back',
    },
  },
  {
    name: 'a failure told late undoes a payment that was settled',
    promise: 'money taken is believed over a failure',
    edits: [
      {
        file: `${PAYMENT}/domain/payment.ts`,
        text: "return state === 'requested' || state === 'processing' ?",
        put: "return state !== 'failed' ?",
      },
      { file: `${PAYMENT}/domain/payment.ts`, text: "if (state === 'settled' || reason", put: 'if (reason' },
    ],
    caughtBy: {
      file: 'services/payment/src/domain/payment.test.ts',
      test: 'money taken is believed over a failure told before, and not undone by one told after',
    },
  },
  {
    name: 'a webhook needs no signature',
    promise: 'nobody but the provider tells of money',
    edits: [
      {
        file: `${PAYMENT}/adapters/signatures-standardwebhooks.ts`,
        text: "? 'sound' : 'invalid'",
        put: "? 'sound' : 'sound'",
      },
    ],
    caughtBy: { file: SIGNATURES, test: 'a changed body, id, time or signature is invalid' },
  },
  {
    name: 'a webhook may be as old as it likes',
    promise: 'nobody but the provider tells of money',
    edits: [
      {
        file: `${PAYMENT}/adapters/signatures-standardwebhooks.ts`,
        text: 'TOLERANCE_MS = 300_000',
        put: 'TOLERANCE_MS = 300_000_000',
      },
    ],
    caughtBy: {
      file: SIGNATURES,
      test: 'older or newer than five minutes is expired, though soundly signed',
    },
  },
  {
    name: 'a webhook that comes again takes effect again',
    promise: 'a webhook has one effect',
    edits: [
      {
        file: `${PAYMENT}/till.ts`,
        text: "if (!(await noteWebhook(tx, eventId))) return 'duplicate'",
        put: 'await noteWebhook(tx, eventId)',
      },
    ],
    caughtBy: {
      file: 'services/payment/test/webhooks.int.test.ts',
      test: 'replayed within its time: heard once, even when all come at once',
    },
  },
  {
    name: 'a sweep looks only when it is woken',
    promise: 'a lost wake-up delays nothing for long',
    edits: [
      {
        file: 'packages/kit/src/sweep.ts',
        text: 'setInterval(wake, everyMs)',
        put: 'setInterval(() => undefined, everyMs)',
      },
    ],
    caughtBy: { file: 'packages/kit/src/sweep.test.ts', test: 'it looks by itself, though nobody wakes it' },
  },
]
