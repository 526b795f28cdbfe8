import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Evidence, Faults } from '../demo/books/tables.ts'
import type { Span } from '../demo/books/timeline.ts'
import type { Entry } from '../demo/journal.ts'
import { judgeAll } from './judged.ts'
import { EFFECT_DAMAGE, MONEY_DAMAGE, SOUND, STEP_DAMAGE } from './money-damage.ts'
import { ANN, BOB, PLACED, SALE_ID } from './small-lives.ts'
import { byOwner, soundEvidence, told } from './small-world.ts'
import { STOCK_DAMAGE } from './stock-damage.ts'
import { assertBroken, openWorlds } from './worlds.ts'

// The same small world, of which it is said that things were broken on purpose: nothing that is damage in
// peace passes for a fault's doing, and only what is named is let pass.

const MARKER = 'poison-of-this-test'
const worlds = await openWorlds('faulty')
const PLACED_MS = Date.parse(PLACED)

/** Nothing of what Kafka held is known, for its topics may have been deleted. */
function faultyEvidence(
  more: readonly Entry[] = [],
  spans: readonly Span[] = [],
): Evidence & { readonly faults: Faults } {
  const { journal, ...rest } = soundEvidence()
  return { ...rest, journal: [...journal, ...more], events: [], faults: { poisonMarker: MARKER, spans } }
}

async function assertSound(url: string, evidence = faultyEvidence()): Promise<void> {
  const broken = (await judgeAll(url, evidence)).filter((each) => each.broken > 0)
  assert.deepEqual(broken, [])
}

test('a sound world is sound under faults, though nothing of Kafka is left', () => assertSound(worlds.sound))

const bury = (value: string) => `
  INSERT INTO orders.dead_letter (consumer, topic, partition, kafka_offset, sent_at, key, value, error)
  VALUES ('c', 'stock.reserved', 0, 1, now(), 'k', '${value}', 'why')`
const tellAgain = (schema: string, topic: string) => `
  INSERT INTO ${schema}.outbox (topic, events, count, sent_at)
  SELECT topic, events, count, now() FROM ${schema}.outbox WHERE topic = '${topic}'`

for (const [what, sql] of [
  ...SOUND,
  ['a message that was made unreadable is put aside', bury(`{{{ ${MARKER}`)],
  ['money is asked for again', tellAgain('orders', 'payment.requested')],
  ['an end of a payment is told again', tellAgain('payments', 'payment.settled')],
] as const)
  test(`let pass in the tables: ${what}`, () => worlds.withChanged(sql, (url) => assertSound(url)))

for (const [what, sql, title] of [
  ...[...STOCK_DAMAGE, ...STEP_DAMAGE, ...MONEY_DAMAGE, ...EFFECT_DAMAGE],
  ['a message put aside that nobody made unreadable', bury('{}'), /was consumed/] as const,
  ['an end told twice', tellAgain('orders', 'order.cancelled'), /is in an outbox/] as const,
  [
    'no end of a payment told',
    `DELETE FROM payments.outbox WHERE topic = 'payment.settled'`,
    /an outbox/,
  ] as const,
])
  test(`found in the tables under faults: ${what}`, () =>
    worlds.withChanged(sql, async (url) => assertBroken(await judgeAll(url, faultyEvidence()), title)))

const soon = (ms: number) => ({ sentAt: PLACED_MS + ms, tookMs: 5 })
const look = { entry: 'look', saleId: SALE_ID, ...soon(10), status: 200 } as const
const read = (ms: number, version: number, state = 'pending'): Entry => ({
  ...{ entry: 'read', ...byOwner(BOB), ...soon(ms), status: 200 },
  body: JSON.stringify({ saleId: SALE_ID, quantity: 1, totalCents: 250, version, state }),
})
const refused = { ...told(ANN), key: 'x', ...soon(20), status: 409, code: 'sold_out' }

test('let pass in what was told: nobody answered, or was told "not now"', () =>
  assertSound(
    worlds.sound,
    faultyEvidence([
      { entry: 'read', ...byOwner(ANN), status: 504, code: 'deadline_exceeded' },
      { entry: 'read', ...byOwner(ANN), status: 0 },
      { ...look, status: 503, code: 'unavailable' },
      { ...look, body: '{"state":"open","unitsLeft":7}' },
      read(2_000, 1, 'cancelled'),
    ]),
  ))

for (const [what, entries, title] of [
  [
    'an order that looks older than before',
    [read(3_000, 1, 'cancelled'), read(4_000, 0)],
    /never looks older/,
  ],
  ['a look back, as a register', [read(3_000, 1, 'cancelled'), read(4_000, 0)], /one register/],
  ['a buyer who cancelled and does not see it', [read(11_000, 0)], /one register/],
  ['a state that is not that of its version', [read(3_000, 1, 'paid')], /as its history says/],
  [
    'an order that is not found',
    [{ entry: 'read', ...byOwner(ANN), status: 404, code: 'not_found' }],
    /looks at once/,
  ],
  ['more left than there was', [{ ...look, body: '{"state":"open","unitsLeft":11}' }], /a sale that is up/],
  ['less than nothing left', [{ ...look, body: '{"state":"open","unitsLeft":-1}' }], /a sale that is up/],
  ['a sale that is not found', [{ ...look, status: 404, code: 'not_found' }], /a sale that is up/],
  ['a refusal while units were left', [refused], /one counter/],
  ['a refusal nobody deserved', [refused], /deserved/],
  ['a crash while looking', [{ ...look, status: 500, code: 'internal' }], /no 5xx/],
] as const)
  test(`found in what was told under faults: ${what}`, async () =>
    assertBroken(await judgeAll(worlds.sound, faultyEvidence(entries as readonly Entry[])), title))

test('found under faults: more sold than there was, by what the buyers were told alone', async () => {
  const evidence = { ...faultyEvidence(), sales: [{ saleId: SALE_ID, units: 5, limit: 2 }] }
  assertBroken(await judgeAll(worlds.sound, evidence), /one counter/)
})

test('a refusal may be due to units that were taken for somebody who never got an answer', async () => {
  const unheard = { ...told(ANN), key: 'unheard', quantity: 9, ...soon(1), status: 0, failure: 'closed' }
  const { body: _, ...silent } = unheard
  await assertSound(worlds.sound, faultyEvidence([silent, refused]))
  assertBroken(
    await judgeAll(worlds.sound, faultyEvidence([{ ...silent, quantity: 1 }, refused])),
    /deserved/,
  )
})

test('found under faults: a read at rest that does not find its order, however often it asks', async () => {
  const atRest = { ...read(9_000, 1, 'cancelled'), atRest: true } as const
  const silent = { entry: 'read', ...byOwner(BOB), status: 503, code: 'unavailable', atRest: true } as const
  await assertSound(worlds.sound, faultyEvidence([silent, atRest]))
  assertBroken(await judgeAll(worlds.sound, faultyEvidence([silent, silent])), /at rest again/)
})

test('refusals while faults follow each other are excused as long as units may be held up, no longer', async () => {
  // Bob's unit is freed in the ledger six seconds after the beginning, of three units all of which are held.
  const sql = `UPDATE inventory.inbox SET seen_at = '${PLACED}'::timestamptz + interval '6 seconds'`
  const sales = [{ saleId: SALE_ID, units: 6, limit: 2 }]
  const span = (from: number, to: number) => ({ from: PLACED_MS + from, to: PLACED_MS + to })
  const overlapping = [span(5_000, 9_000), span(16_000, 20_000), span(8_000, 14_000), span(60_000, 61_000)]
  const late = (ms: number) => ({ ...refused, ...soon(ms) })
  await worlds.withChanged(sql, async (url) => {
    const findAt = async (ms: number, spans: readonly Span[]) => {
      const findings = await judgeAll(url, { ...faultyEvidence([late(ms)], spans), sales })
      const titles = findings.filter(({ broken }) => broken > 0).map(({ title }) => title)
      return titles.filter((title) => /one counter|deserved/.test(title)).length
    }
    assert.equal(await findAt(29_000, overlapping), 0)
    assert.equal(await findAt(31_500, overlapping), 2)
    assert.equal(await findAt(12_500, []), 2)
    // A gateway may have believed for a second what was true before.
    assert.equal(await findAt(11_500, []), 1)
    assert.equal(await findAt(10_000, []), 0)
  })
})
