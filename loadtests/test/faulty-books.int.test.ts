import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startWatching } from '../chaos/load/watcher.ts'
import type { Evidence } from '../demo/books/tables.ts'
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
function faultyEvidence(more: readonly Entry[] = []): Evidence {
  const { journal, ...rest } = soundEvidence()
  return { ...rest, journal: [...journal, ...more], events: [], faults: { poisonMarker: MARKER, spans: [] } }
}

async function assertSound(url: string, evidence?: Evidence): Promise<void> {
  const broken = (await judgeAll(url, evidence ?? faultyEvidence())).filter((each) => each.broken > 0)
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

test('the watcher sees units that are not all there, and counts its snapshots', async () => {
  await worlds.withChanged('UPDATE inventory.sale SET reserved = 1, available = 8', async (url) => {
    const watcher = startWatching(url, () => [SALE_ID])
    const deadline = performance.now() + 10_000
    while (watcher.watched().snapshots === 0 && performance.now() < deadline) await sleep(20)
    await watcher.close()
    const { violations, first, missed } = watcher.watched()
    assert.ok(violations > 0)
    assert.equal(first[0]?.id, SALE_ID)
    assert.equal(missed, 0)
  })
  const watcher = startWatching(worlds.sound, () => [SALE_ID])
  await sleep(300)
  await watcher.close()
  assert.equal(watcher.watched().violations, 0)
  assert.ok(watcher.watched().snapshots > 0)
})

test('the watcher goes on when Postgres is away, and says how often it was', async () => {
  const watcher = startWatching('postgres://nobody@127.0.0.1:1/none', () => [SALE_ID])
  await sleep(300)
  await watcher.close()
  assert.ok(watcher.watched().missed > 0)
  assert.equal(watcher.watched().snapshots, 0)
})
