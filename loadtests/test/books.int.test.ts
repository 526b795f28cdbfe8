import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import { checkBooks } from '../demo/books/books.ts'
import type { Evidence } from '../demo/books/tables.ts'
import type { Entry, OrderEntry } from '../demo/journal.ts'
import { EFFECT_DAMAGE, MONEY_DAMAGE, SOUND, STEP_DAMAGE } from './money-damage.ts'
import { ANN, BOB, CAY, CAYS, DAN, DANS, PLACED } from './small-lives.ts'
import { byOwner, seen, soundEvidence, told, writePlaced } from './small-world.ts'
import { STOCK_DAMAGE } from './stock-damage.ts'
import { assertBroken, openWorlds } from './worlds.ts'

// A small world in which all promises hold, and then, one at a time, the damage that each promise must find.

const worlds = await openWorlds('books')
const url = worlds.sound

test('a sound world breaks no promise, and its account says what became of the units', async () => {
  const { findings, accounts, money } = await checkBooks(url, soundEvidence())
  assert.ok(findings.length >= 27)
  assert.deepEqual(
    findings.filter(({ broken }) => broken > 0),
    [],
  )
  const [account] = accounts
  assert.equal(account?.everReserved, 6)
  assert.equal(account?.cancelledUnits, BOB.quantity)
  assert.equal(account?.soldUnits, CAY.quantity)
  assert.deepEqual(money, {
    ...{ keptCents: 250, payments: 4, failed: 1, paidAgain: 1, revived: 0, tooLate: 1, refundedByBuyers: 1 },
    ...{ foundByPolling: 0, couponsGranted: 1, couponsRevoked: 1, points: 2, messages: 5 },
  })
})

const DAMAGE = [...STOCK_DAMAGE, ...STEP_DAMAGE, ...MONEY_DAMAGE, ...EFFECT_DAMAGE]

for (const [what, sql] of SOUND) {
  test(`sound in the tables: ${what}`, async () => {
    await worlds.withChanged(sql, async (changed) => {
      const { findings } = await checkBooks(changed, soundEvidence())
      assert.deepEqual(
        findings.filter(({ broken }) => broken > 0),
        [],
      )
    })
  })
}

for (const [what, sql, title] of DAMAGE) {
  test(`found in the tables: ${what}`, async () => {
    await worlds.withChanged(sql, async (changed) => {
      const { findings } = await checkBooks(changed, soundEvidence())
      assertBroken(findings, title)
    })
  })
}

const repeat = told(ANN)
const stranger = { ...repeat, userId: newId(), key: 'z' }
const { events, gate } = soundEvidence()
const unread = { entry: 'read', ...byOwner(ANN), status: 404 } as const
const [failed, settled] = CAYS
const pay = { entry: 'pay', ...byOwner(CAY), key: settled.key, outcome: settled.outcome } as const
const refund = { entry: 'refund', ...byOwner(DAN), key: 'dan-again' } as const
const cancel = { entry: 'cancel', status: 409, code: 'not_cancellable' } as const
const refused = { key: 'x', status: 409 } as const
const LATER = Date.parse(PLACED) + 60_000
const STRAY = {
  topic: 'payment.settled',
  id: `${newId()}.settled`,
  orderId: newId(),
  data: { paymentId: '' },
}

const LIES: readonly (readonly [what: string, evidence: Evidence, title: RegExp])[] = [
  ['a 201 for an order that is not there', entered(told({ ...ANN, orderId: newId() })), /^every 201/],
  [
    'a repeat with another order',
    entered({ ...repeat, body: writePlaced({ ...ANN, orderId: newId() }) }),
    /^one key/,
  ],
  ['a repeat in other words', entered({ ...repeat, body: ` ${writePlaced(ANN)}` }), /^one key/],
  ['a winner who does not find the order', entered({ ...unread, code: 'not_found' }), /looks at once/],
  ['a winner who is not answered', entered({ ...unread, status: 504 }), /looks at once/],
  ['an event that is not in Kafka', { ...soundEvidence(), events: events.slice(1) }, /^Kafka holds/],
  [
    'an event nobody told',
    { ...soundEvidence(), events: [...events, seen({ ...STRAY, topic: 'order.placed', data: {} })] },
    /^Kafka/,
  ],
  ['money nobody told of', { ...soundEvidence(), events: [...events, seen(STRAY)] }, /^Kafka/],
  [
    'an event under a wrong key',
    { ...soundEvidence(), events: events.map((each) => ({ ...each, key: 'x' })) },
    /^Kafka/,
  ],
  [
    'a gate that lost a claim',
    { ...soundEvidence(), gate: gate.filter(({ id }) => id !== ANN.orderId) },
    /that of the ledger/,
  ],
  ['a gate without the sale', { ...soundEvidence(), gate: gate.slice(1) }, /that of the ledger/],
  ['a refusal without a reason', entered({ ...stranger, status: 409, code: 'sold_out' }), /deserved/],
  ['an end nobody asked for', without('cancel'), /^an order ends/],
  ['a payment that is another', paid({ ...pay, key: 'x' }, failed.paymentId), /^every 202/],
  ['a payment told with another outcome', paid({ ...pay, outcome: 'late' }, settled.paymentId), /^every 202/],
  ['a payment told to somebody else', paid({ ...pay, ...byOwner(ANN) }, settled.paymentId), /^every 202/],
  ['a refund that is not there', paid(refund, DANS.paymentId, newId()), /^every 202/],
  ['a key with two payments', paid(pay, failed.paymentId), /^one key, one payment/],
  [
    'a key that was refused later',
    entered({ ...pay, status: 409, code: 'not_payable' }),
    /^one key, one pay/,
  ],
  [
    'a payment refused for nothing',
    entered({ ...pay, ...byOwner(ANN), ...refused, code: 'not_payable' }),
    /^who was refused/,
  ],
  ['a cancellation refused for nothing', entered({ ...cancel, ...byOwner(ANN) }), /^who was refused/],
  [
    'a refund refused for nothing',
    entered({ ...refund, ...byOwner(CAY), ...refused, sentAt: LATER, code: 'not_refundable' }),
    /^who was refused/,
  ],
  [
    'a payment not found',
    entered({ ...pay, ...refused, status: 404, code: 'not_found' }),
    /^who was refused/,
  ],
  ['a crash', entered({ ...stranger, status: 500, code: 'internal' }), /^no 5xx/],
]

for (const [what, evidence, title] of LIES) {
  test(`found in what was told: ${what}`, async () => {
    const { findings } = await checkBooks(url, evidence)
    assertBroken(findings, title)
  })
}

test('refusals that were deserved, and no answer, break nothing', async () => {
  const journal: Entry[] = [
    { ...pay, ...byOwner(BOB), ...refused, code: 'not_payable' },
    { ...cancel, ...byOwner(CAY) },
    { ...refund, ...refused, sentAt: LATER, code: 'not_refundable' },
    { ...refund, ...byOwner(ANN), ...refused, code: 'not_refundable' },
    { ...pay, status: 503, code: 'unavailable' },
    { ...pay, status: 0 },
  ]
  const evidence = soundEvidence()
  const { findings } = await checkBooks(url, {
    ...evidence,
    journal: [...evidence.journal, ...journal],
  })
  assert.deepEqual(
    findings.filter(({ broken }) => broken > 0),
    [],
  )
})

/** A payment or a refund that was accepted. */
function paid(errand: Omit<OrderEntry, 'status'>, paymentId: string, refundId?: string): Evidence {
  return entered({ ...errand, status: 202, body: JSON.stringify({ paymentId, refundId }) })
}

function without(entry: Entry['entry']): Evidence {
  const evidence = soundEvidence()
  return { ...evidence, journal: evidence.journal.filter((each) => each.entry !== entry) }
}

function entered(entry: Entry): Evidence {
  const evidence = soundEvidence()
  return { ...evidence, journal: [...evidence.journal, entry] }
}
