import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { openAllBooks, SCHEMAS } from './support/all-books.ts'
import { type SoundSale, writeSoundSale } from './support/sound-sale.ts'

const DOCUMENT = new URL('../docs/constraints.md', import.meta.url)
// Unique indexes that belong to no constraint: those of a part of a table, and those made as an index.
const RULES = `
SELECT n.nspname || '.' || k.conname AS rule FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY($1) AND k.contype IN ('c', 'p', 'u', 'f', 'x') AND c.relname <> '_prisma_migrations'
UNION
SELECT n.nspname || '.' || i.relname FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
JOIN pg_namespace n ON n.oid = i.relnamespace
WHERE n.nspname = ANY($1) AND x.indisunique AND i.relname <> '_prisma_migrations_pkey'`

let books: Awaited<ReturnType<typeof openAllBooks>>
let sale: SoundSale
before(async () => {
  books = await openAllBooks()
  sale = await writeSoundSale(books.client)
})
after(() => books.close())

test('the document lists exactly the constraints there are', async () => {
  const { rows } = await books.client.query<{ rule: string }>(RULES, [Object.values(SCHEMAS)])
  const rules = new Set(rows.map(({ rule }) => rule))
  const lines = readFileSync(DOCUMENT, 'utf8').split('\n')
  const cells = lines.filter((line) => line.startsWith('| ')).join('\n')
  const listed = new Set([...cells.matchAll(/`([a-z]+\.\w+)`/g)].map(([, rule]) => rule ?? ''))
  assert.ok(rules.size > 70)
  assert.deepEqual([...rules.difference(listed)].toSorted(), [], 'not in the document')
  assert.deepEqual([...listed.difference(rules)].toSorted(), [], 'not in the database')
})

/** What code alone would have to prevent otherwise. */
const REFUSED: [rule: string, sql: string][] = [
  ['sale_no_oversell', 'UPDATE inventory.sale SET available = -1, reserved = 9'],
  ['sale_conservation', 'UPDATE inventory.sale SET available = available + 1'],
  ['sale_epoch', 'UPDATE inventory.sale SET epoch = 0'],
  ['sale_parent', 'UPDATE inventory.sale SET parent_id = sale_id'],
  ['buyer_use_limit', 'UPDATE inventory.buyer_use SET used = 3'],
  ['reservation_version', 'UPDATE inventory.reservation SET version = -1'],
  ['orders_paid_by', `UPDATE orders.orders SET state = 'paid' WHERE state = 'pending'`],
  [
    'orders_paid_by_fkey',
    `UPDATE orders.orders SET state = 'paid', paid_by = ':b', refund_until = now() WHERE order_id = ':b'`,
  ],
  [
    'orders_paying_pending',
    `UPDATE orders.orders SET paying = ':pa', paying_until = now() WHERE order_id = ':a'`,
  ],
  ['orders_refund_until', `UPDATE orders.orders SET refund_until = NULL WHERE order_id = ':a'`],
  ['order_step_end', `INSERT INTO orders.order_step VALUES (':a', 3, now(), 'expired', 'payment-window')`],
  [
    'order_step_refunded',
    `INSERT INTO orders.order_step VALUES (':c', 5, now(), 'refunded', 'refund-requested')`,
  ],
  [
    'order_step_revived',
    `INSERT INTO orders.order_step 
      VALUES (':a', 8, now(), 'paid', 'revived'), (':a', 9, now(), 'paid', 'revived')`,
  ],
  ['order_step_cause', `INSERT INTO orders.order_step VALUES (':a', 3, now(), 'paid', 'buyer')`],
  ['order_step_cause', `INSERT INTO orders.order_step VALUES (':a', 3, now(), 'paid', 'whim')`],
  ['order_step_cause', `INSERT INTO orders.order_step VALUES (':b', 1, now(), 'pending', 'payment-late')`],
  ['payment_failed', `UPDATE orders.payment SET state = 'failed'`],
  ['payment_refunding', `UPDATE orders.payment SET state = 'refunding'`],
  ['payment_refunded', `UPDATE orders.payment SET state = 'refunded', refunded_at = NULL`],
  [
    'refund_once',
    `INSERT INTO payments.refund 
      SELECT (jsonb_populate_record(r, '{"refund_id":":a"}')).* FROM payments.refund r`,
  ],
  ['refund_cause', `UPDATE payments.refund SET cause = 'whim'`],
  ['payment_reason', `UPDATE payments.payment SET state = 'failed', reason = 'whim'`],
  [
    'call_dead',
    `INSERT INTO functions.call (function, event_id, event, state) VALUES ('f', 'e', '{}', 'dead')`,
  ],
]

for (const [rule, sql] of REFUSED) {
  test(`${rule} refuses: ${sql.replace(/\s+/g, ' ')}`, async () => {
    const statement = sql.replace(/:(\w+)\b(?=')|:(a)(?=")/g, (_, name, quoted) => {
      return sale[(name ?? quoted) as 'a' | 'b' | 'c' | 'pa']
    })
    await assert.rejects(books.client.query(statement), { constraint: rule })
  })
}
