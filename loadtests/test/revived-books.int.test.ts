import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Evidence, Faults } from '../demo/books/tables.ts'
import { judgeAll } from './judged.ts'
import { ANN, BOB, EVE, LIVES, PLACED, SALE_ID } from './small-lives.ts'
import { soundEvidence, told } from './small-world.ts'
import { openWorlds } from './worlds.ts'

// Four units. Eve's order expires, then Ann takes two: all are held. Late money holds Eve's unit again, in a
// transaction that began while Bob still had his and waited until he had given it back.

const worlds = await openWorlds('revived')
const PLACED_MS = Date.parse(PLACED)
const after = (ms: number) => `'${PLACED}'::timestamptz + ${ms} * interval '1 millisecond'`

const [ANN_TOLD, BEGAN, BOB_ENDED, HEARD] = [5_000, 9_900, 10_000, 10_400]

function revive({ heardMs }: { readonly heardMs: number | undefined }): string {
  const heard = `INSERT INTO functions.inbox (consumer, event_id, seen_at)
    VALUES ('functions', '${EVE.orderId}.paid.4', ${after(heardMs ?? 0)})`
  return `
  UPDATE orders.order_step SET at = ${after(BOB_ENDED)} WHERE order_id = '${BOB.orderId}';
  UPDATE orders.order_step SET at = ${after(BEGAN - 100)} WHERE order_id = '${EVE.orderId}' AND version >= 3;
  UPDATE orders.order_step SET state = 'paid', cause = 'revived'
    WHERE order_id = '${EVE.orderId}' AND version = 4;
  DELETE FROM orders.order_step WHERE order_id = '${EVE.orderId}' AND version = 5;
  UPDATE orders.orders SET state = 'paid', version = 4 WHERE order_id = '${EVE.orderId}';
  UPDATE inventory.reservation SET state = 'sold', revived_at = ${after(BEGAN)}
    WHERE claim_id = '${EVE.orderId}';
  ${heardMs === undefined ? '' : heard}`
}

function evidence(more: Evidence['journal'] = []): Evidence & { faults: Faults } {
  const faults = { poisonMarker: 'none', spans: [] }
  const journal = LIVES.map(({ wish }) =>
    wish === ANN ? { ...told(ANN), sentAt: PLACED_MS + ANN_TOLD } : told(wish),
  )
  const sales = [{ saleId: SALE_ID, units: 4, limit: 2 }]
  return { ...soundEvidence(), sales, faults, events: [], journal: [...journal, ...(more as [])] }
}

async function counterOf(sql: string, told?: Evidence['journal']): Promise<readonly string[]> {
  let whys: readonly string[] = []
  await worlds.withChanged(sql, async (url) => {
    const findings = await judgeAll(url, evidence(told))
    const counter = findings.find(({ title }) => /one counter/.test(title))
    assert.ok(counter)
    whys = counter.first.map(({ why }) => why)
  })
  return whys
}

const paid = JSON.stringify({ saleId: SALE_ID, quantity: 1, totalCents: 250, version: 4, state: 'paid' })
const seenAt = (ms: number): Evidence['journal'] => [
  {
    ...{ entry: 'read', orderId: EVE.orderId, userId: EVE.userId, status: 200, body: paid },
    ...{ sentAt: PLACED_MS + ms - 10, tookMs: 10 },
  },
]

test('a revival that began before it could have its unit, and was heard of later, is no oversell', async () => {
  assert.deepEqual(await counterOf(revive({ heardMs: HEARD })), [])
  assert.deepEqual(await counterOf(revive({ heardMs: undefined })), [])
  assert.deepEqual(await counterOf(revive({ heardMs: undefined }), seenAt(HEARD)), [])
})

test('a revival that was heard of while all units were held by others is an oversell', async () => {
  const early = BOB_ENDED - 50
  assert.match((await counterOf(revive({ heardMs: early }))).join(), /^5 of 4 units held/)
  assert.match((await counterOf(revive({ heardMs: undefined }), seenAt(early))).join(), /^5 of 4 units held/)
})

test('before its money was late, units that were revived justify no refusal', async () => {
  const refused = (ms: number): Evidence['journal'] => [
    { ...told(BOB), key: 'x', sentAt: PLACED_MS + ms, tookMs: 5, status: 409, code: 'sold_out' },
  ]
  // Eve's own unit was on its way back until inventory heard of its end.
  const sql = `${revive({ heardMs: HEARD })};
    UPDATE orders.order_step SET at = ${after(60_000)} WHERE order_id = '${EVE.orderId}' AND version >= 3;
    UPDATE inventory.reservation SET revived_at = ${after(60_000)} WHERE claim_id = '${EVE.orderId}';
    UPDATE inventory.inbox SET seen_at = ${after(20_000)}`
  assert.match((await counterOf(sql, refused(40_000))).join(), /^refused 1/)
  assert.deepEqual(await counterOf(sql, refused(70_000)), [])
})
