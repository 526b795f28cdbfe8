import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import { testEngines } from '@stampede/local/test-engines'
import { Client } from 'pg'
import { checkBooks, type Finding } from '../demo/books/books.ts'
import type { Evidence } from '../demo/books/tables.ts'
import type { Entry } from '../demo/journal.ts'
import { ANN, BOB, makeWorld, seen, soundEvidence, told, writePlaced } from './small-world.ts'

// A small world in which all promises hold, and then, one at a time, the damage that each promise must find.

const WORLD = `books_${process.pid}`
// Asked for first, because these run in the order they were asked for: the engines may end with the file as
// well.
after(async () => {
  await admin.query(`DROP DATABASE ${WORLD}`)
  await admin.end()
})
const { DATABASE_URL } = await testEngines(['postgres'])
const admin = await connect()
await admin.query(`CREATE DATABASE ${WORLD}`)
await useDatabase(WORLD, makeWorld)

test('a sound world breaks no promise, and its account says what became of the units', async () => {
  const { findings, accounts } = await checkBooks(urlOf(WORLD), soundEvidence())
  assert.ok(findings.length >= 16)
  assert.deepEqual(
    findings.filter(({ broken }) => broken > 0),
    [],
  )
  const [account] = accounts
  assert.equal(account?.everReserved, ANN.quantity + BOB.quantity)
  assert.equal(account?.cancelledUnits, BOB.quantity)
})

const UNCHECKED = 'ALTER TABLE inventory.sale DROP CONSTRAINT sale_conservation;'
const STRANGER = newId()
const isAnns = `WHERE order_id = '${ANN.orderId}'`
const isAnnsClaim = `WHERE claim_id = '${ANN.orderId}'`

const DAMAGE: readonly (readonly [what: string, sql: string, title: RegExp])[] = [
  ['a unit too many', `${UNCHECKED} UPDATE inventory.sale SET available = 9`, /^initial = /],
  ['other units than were given', `UPDATE inventory.sale SET units = 11, available = 9`, /^initial = /],
  ['a sale that is gone', `DELETE FROM inventory.sale`, /^initial = /],
  ['a counter behind', `UPDATE inventory.sale SET reserved = 1, available = 9`, /sums of its reservations/],
  ['a lost reservation', `DELETE FROM inventory.reservation ${isAnnsClaim}`, /sums of its reservations/],
  ['a buyer with too much', `UPDATE inventory.reservation SET quantity = 3 ${isAnnsClaim}`, /than the limit/],
  ['a buyer counted wrongly', 'UPDATE inventory.buyer_use SET used = 1 WHERE used = 2', /than the limit/],
  ['a lost order', `DELETE FROM orders.orders ${isAnns}`, /^every 201/],
  ['another price', 'UPDATE orders.orders SET unit_price_cents = 1', /^every 201/],
  ['another owner', `UPDATE orders.orders SET user_id = '${STRANGER}' ${isAnns}`, /^every 201/],
  ['an order twice', copyOrder('order_id'), /^one key/],
  ['an order nobody asked for', copyOrder(`'${newId()}'`), /nobody asked for/],
  ['units of a living order returned', 'UPDATE inventory.reservation SET state = $$released$$', /one to one/],
  ['units of an ended order kept', 'UPDATE inventory.reservation SET state = $$held$$', /one to one/],
  ['an order without its reservation', `DELETE FROM inventory.reservation ${isAnnsClaim}`, /one to one/],
  [
    'an order expired too early',
    `UPDATE orders.order_step SET state = 'expired'; ${setState('expired')}`,
    /ends once/,
  ],
  [
    'an order that never ends',
    `UPDATE orders.orders SET expires_at = now() - interval '1 hour'`,
    /ends once/,
  ],
  ['an end without its step', 'DELETE FROM orders.order_step', /ends once/],
  ['a cancelled order still pending', setState('pending'), /ends once/],
  ['a change untold', `DELETE FROM orders.outbox WHERE topic = 'order.cancelled'`, /is in the outbox/],
  [
    'a change told twice',
    'INSERT INTO orders.outbox (topic, events, count) SELECT topic, events, 1 FROM orders.outbox',
    /is in the/,
  ],
  ['an event that waits', 'UPDATE orders.outbox SET sent_at = NULL', /outbox is sent/],
  ['an event without effect', 'DELETE FROM inventory.inbox', /was consumed/],
  ['a reservation without its order', `DELETE FROM orders.orders ${isAnns}`, /was consumed/],
  ['an event put aside', bury('orders'), /was consumed/],
  ['an event put aside by inventory', bury('inventory'), /was consumed/],
  ['a gate with another stock', 'UPDATE inventory.sale SET available = 7, units = 9', /that of the ledger/],
  ['a gate that missed a buyer', 'UPDATE inventory.buyer_use SET used = 1', /that of the ledger/],
]

for (const [number, [what, sql, title]] of DAMAGE.entries()) {
  test(`found in the tables: ${what}`, async () => {
    const name = `${WORLD}_${number}`
    await admin.query(`CREATE DATABASE ${name} TEMPLATE ${WORLD}`)
    try {
      await useDatabase(name, (client) => client.query(sql))
      const { findings } = await checkBooks(urlOf(name), soundEvidence())
      assertBroken(findings, title)
    } finally {
      await admin.query(`DROP DATABASE ${name}`)
    }
  })
}

const repeat = told(ANN)
const stranger = { ...repeat, userId: STRANGER, key: 'z' }
const { events, gate } = soundEvidence()
const unread = { entry: 'read', orderId: ANN.orderId, userId: ANN.userId, sentAt: 0, status: 404 } as const

const LIES: readonly (readonly [what: string, evidence: Evidence, title: RegExp])[] = [
  ['a 201 for an order that is not there', entered(told({ ...ANN, orderId: newId() })), /^every 201/],
  [
    'a repeat with another order',
    entered({ ...repeat, body: writePlaced({ ...ANN, orderId: newId() }) }),
    /^one key/,
  ],
  ['a repeat in other words', entered({ ...repeat, body: ` ${writePlaced(ANN)}` }), /^one key/],
  ['a winner who does not find the order', entered({ ...unread, code: 'not_found' }), /looks at once/],
  ['an event that is not in Kafka', { ...soundEvidence(), events: events.slice(1) }, /^Kafka holds/],
  [
    'an event nobody told',
    { ...soundEvidence(), events: [...events, seen('order.placed', newId(), 'placed')] },
    /^Kafka/,
  ],
  [
    'an event under a wrong key',
    { ...soundEvidence(), events: events.map((each) => ({ ...each, key: 'x' })) },
    /^Kafka/,
  ],
  ['a gate that lost a claim', { ...soundEvidence(), gate: gate.slice(0, -1) }, /that of the ledger/],
  ['a gate without the sale', { ...soundEvidence(), gate: gate.slice(1) }, /that of the ledger/],
  ['a refusal without a reason', entered({ ...stranger, status: 409, code: 'sold_out' }), /deserved/],
  ['a crash', entered({ ...stranger, status: 500, code: 'internal' }), /^no 5xx/],
]

for (const [what, evidence, title] of LIES) {
  test(`found in what was told: ${what}`, async () => {
    const { findings } = await checkBooks(urlOf(WORLD), evidence)
    assertBroken(findings, title)
  })
}

function entered(entry: Entry): Evidence {
  const evidence = soundEvidence()
  return { ...evidence, journal: [...evidence.journal, entry] }
}

function assertBroken(findings: readonly Finding[], title: RegExp): void {
  const finding = findings.find((each) => title.test(each.title))
  assert.ok(finding, `no promise is called ${title}`)
  assert.ok(finding.broken > 0 && finding.first.length > 0, `nothing was found by: ${finding.title}`)
}

/** A stranger owns a copy of Ann's order. */
function copyOrder(orderId: string): string {
  return `INSERT INTO orders.orders
    SELECT '${STRANGER}', ${orderId}, sale_id, trace_id, placed_at, expires_at,
    quantity, unit_price_cents, version, currency, state FROM orders.orders ${isAnns}`
}

function setState(state: string): string {
  return `UPDATE orders.orders SET state = '${state}' WHERE order_id = '${BOB.orderId}'`
}

function bury(schema: string): string {
  return `INSERT INTO ${schema}.dead_letter (consumer, topic, partition, kafka_offset, sent_at, key, error)
    VALUES ('c', 'stock.reserved', 0, 1, now(), 'k', 'why')`
}

function urlOf(database: string): string {
  const url = new URL(DATABASE_URL)
  url.pathname = `/${database}`
  return url.href
}

async function connect(database?: string): Promise<Client> {
  const client = new Client({ connectionString: database ? urlOf(database) : DATABASE_URL })
  await client.connect()
  return client
}

async function useDatabase(name: string, work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = await connect(name)
  try {
    await work(client)
  } finally {
    await client.end()
  }
}
