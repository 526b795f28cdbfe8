import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import { FAULTS } from '@stampede/loadtests/audit/columns'
import { readAudit, type SaleAudit } from '@stampede/loadtests/audit/read-audit'
import { writeOne, writeSales } from '@stampede/loadtests/audit/table'
import { openAllBooks } from './support/all-books.ts'
import { type SoundSale, writeSoundSale } from './support/sound-sale.ts'

let books: Awaited<ReturnType<typeof openAllBooks>>
let sale: SoundSale
before(async () => {
  books = await openAllBooks()
})
after(() => books.close())
beforeEach(async () => {
  sale = await writeSoundSale(books.client)
})
const TABLES = [
  ...[
    'inventory.sale',
    'inventory.reservation',
    'inventory.buyer_use',
    'inventory.outbox',
    'inventory.inbox',
  ],
  ...['orders.orders', 'orders.order_step', 'orders.payment', 'orders.outbox', 'orders.dead_letter'],
  ...['payments.payment', 'payments.refund', 'payments.outbox', 'functions.inbox'],
]
afterEach(() => books.client.query(`TRUNCATE ${TABLES.join(', ')} CASCADE`))

async function auditOne(restSeconds = 0): Promise<SaleAudit> {
  const { sales, homeless } = await readAudit({ databaseUrl: books.url, sale: sale.sale, restSeconds })
  assert.deepEqual([sales.length, homeless], [1, []])
  return sales[0] as SaleAudit
}

function faultsOf({ faults }: SaleAudit): Record<string, number> {
  const counts = Object.entries(faults).map(([name, { count }]) => [name, count] as const)
  return Object.fromEntries(counts.filter(([, count]) => count > 0))
}

test('a sound sale has no faults, and its units and refunds are told', async () => {
  const audit = await auditOne()
  assert.deepEqual(faultsOf(audit), {})
  const { units, available, held, sold, refunds, ok } = audit
  assert.deepEqual([units, available, held, sold, refunds, ok], [10, 7, 1, 2, { asked: 1, settled: 1 }, true])
})

const A = `order_id = ':a'`
const CLAIM_A = `claim_id = ':a'`
/** What is done to the rows of a sound sale, and what the audit sees of it. */
const DAMAGES: [title: string, sql: string, seen: Record<string, number>][] = [
  [
    'units sold twice',
    `UPDATE inventory.reservation SET quantity = 9 WHERE ${CLAIM_A}`,
    { oversold: 7, miscounted: 14, limitBreaches: 1, unmatched: 1 },
  ],
  [
    'a reservation that is gone',
    `DELETE FROM inventory.reservation WHERE ${CLAIM_A}`,
    { undersold: 2, miscounted: 4, unmatched: 1, withoutEffect: 1 },
  ],
  [
    'a buyer who counts as having nothing',
    `UPDATE inventory.buyer_use SET used = 0 WHERE user_id = ':ua'`,
    { miscounted: 2 },
  ],
  [
    'an order nobody lets expire',
    `UPDATE orders.orders SET expires_at = now() - interval '2 min' WHERE order_id = ':b'`,
    { stuck: 1 },
  ],
  [
    'units held for ever',
    `UPDATE inventory.reservation SET expires_at = now() - interval '5 min' WHERE claim_id = ':b'`,
    { stuck: 1 },
  ],
  [
    'an order that stands there twice',
    `INSERT INTO orders.orders SELECT (jsonb_populate_record(o, '{"user_id":":new"}')).*
      FROM orders.orders o WHERE order_id = ':b'`,
    { duplicates: 1, unmatched: 1 },
  ],
  [
    'money kept twice',
    `INSERT INTO payments.payment SELECT (jsonb_populate_record(p, '{"payment_id":":new"}')).*
      FROM payments.payment p WHERE ${A};
    INSERT INTO payments.outbox (topic, events, count)
      VALUES ('payment.settled', E'k\\t{"id":":new.settled","data":{"orderId":":a"}}', 1)`,
    { duplicates: 1, orphanPayments: 1, withoutEffect: 1 },
  ],
  ['a buyer beyond the limit', `UPDATE inventory.sale SET limit_per_user = 1`, { limitBreaches: 1 }],
  [
    'a paid order that was set back',
    `UPDATE orders.orders SET state = 'cancelled', paid_by = NULL, refund_until = NULL WHERE ${A}`,
    { orphanPayments: 1, unmatched: 2 },
  ],
  [
    'a refund that never comes',
    `UPDATE payments.refund
      SET state = 'requested', settled_at = NULL, requested_at = now() - interval '2 min'`,
    { overdueRefunds: 1, withoutEffect: 1 },
  ],
  [
    'an order that is gone',
    `DELETE FROM orders.orders WHERE order_id = ':b'`,
    { unmatched: 1, withoutEffect: 2 },
  ],
  ['a gap in a history', `UPDATE orders.order_step SET version = 5 WHERE version = 4`, { unmatched: 2 }],
  [
    'an event that was removed before it was told',
    `DELETE FROM orders.outbox WHERE topic = 'order.refunded'`,
    { withoutEffect: 1 },
  ],
  [
    'an event inventory never heard',
    `DELETE FROM inventory.inbox WHERE event_id LIKE '%refunded%'`,
    { withoutEffect: 1 },
  ],
  [
    'an event the functions never heard',
    `DELETE FROM functions.inbox WHERE event_id LIKE '%paid%'`,
    { withoutEffect: 2 },
  ],
  [
    'a payment the payment service never heard of',
    `DELETE FROM payments.payment WHERE ${A}`,
    { withoutEffect: 2 },
  ],
  [
    'a dead letter',
    `INSERT INTO orders.dead_letter (consumer, topic, partition, kafka_offset, sent_at, key, error)
      VALUES ('c', 't', 0, 0, now(), ':a', 'e')`,
    { withoutEffect: 1 },
  ],
]

for (const [title, sql, seen] of DAMAGES) {
  test(`the audit finds ${title}`, async () => {
    await books.client.query(fill(sql))
    const audit = await auditOne()
    assert.deepEqual(faultsOf(audit), seen)
    assert.equal(audit.ok, false)
    assert.ok(
      Object.keys(seen).every((name) => audit.faults[name as keyof typeof audit.faults].first[0]?.why),
    )
  })
}

function fill(sql: string): string {
  const names = { ':new': newId(), ':ua': sale.users.a, ':a': sale.a, ':b': sale.b }
  return Object.entries(names).reduce((text, [name, id]) => text.replaceAll(name, id), sql)
}

test('every column has its damage here', () => {
  const damaged = new Set(DAMAGES.flatMap(([, , seen]) => Object.keys(seen)))
  assert.deepEqual([...damaged].toSorted(), FAULTS.map(({ name }) => name).toSorted())
})

test('what is still on its way is no fault', async () => {
  await books.client.query(`DELETE FROM inventory.inbox; DELETE FROM orders.outbox`)
  assert.ok((await auditOne(0)).faults.withoutEffect.count > 0)
  assert.deepEqual(faultsOf(await auditOne(60)), {})
})

test('a dead letter of another sale is none of this one, and one that was replayed is none at all', async () => {
  const other = await writeSoundSale(books.client)
  await books.client.query(
    `INSERT INTO orders.dead_letter
      (consumer, topic, partition, kafka_offset, sent_at, key, error, replayed_at)
    VALUES ('c', 't', 0, 0, now(), $1, 'e', NULL), ('c', 't', 0, 1, now(), $2, 'e', now())`,
    [other.a, sale.a],
  )
  assert.deepEqual(faultsOf(await auditOne()), {})
})

test('a dead letter of which nobody knows whose it is makes no books balance', async () => {
  const other = await writeSoundSale(books.client)
  await books.client.query(`INSERT INTO orders.dead_letter
      (consumer, topic, partition, kafka_offset, sent_at, key, error)
    VALUES ('c', 't', 0, 0, now(), NULL, 'e')`)
  const report = await readAudit({ databaseUrl: books.url, sale: sale.sale, restSeconds: 0 })
  assert.notEqual(other.sale, sale.sale)
  assert.deepEqual([report.homeless.length, report.ok], [1, false])
  assert.match(writeSales(report), /without key +dead letter of orders: e/)
})

test('the tables fit 80 columns, name what is wrong, and where to look', async () => {
  await books.client.query(`UPDATE inventory.sale SET title = repeat('long ', 30)`)
  await writeSoundSale(books.client)
  await books.client.query(`DELETE FROM inventory.reservation WHERE claim_id = $1`, [sale.a])
  const report = await readAudit({ databaseUrl: books.url, restSeconds: 0 })
  const list = writeSales(report)
  assert.match(list, /✗ undersold 2/)
  assert.match(list, new RegExp(`npm run audit -- --sale ${sale.sale.slice(0, 13)}`))
  assert.match(list, /^all +2 sales +20 +2 +2 +14 +2\/2$/m)
  const broken = report.sales.find(({ saleId }) => saleId === sale.sale) as SaleAudit
  for (const line of [...list.split('\n'), ...writeOne(broken).split('\n')])
    assert.ok(line.length <= 80, line)
  assert.match(writeOne(broken), new RegExp(`${sale.a} `))
})

test('only the newest twenty sales are told, and a sale is found by the beginning of its id', async () => {
  for (let i = 0; i < 20; i++) await writeSoundSale(books.client)
  assert.equal((await readAudit({ databaseUrl: books.url, restSeconds: 0 })).sales.length, 20)
  const { sales } = await readAudit({ databaseUrl: books.url, sale: sale.sale.slice(0, 30) })
  assert.deepEqual(
    sales.map(({ saleId }) => saleId),
    [sale.sale],
  )
})
