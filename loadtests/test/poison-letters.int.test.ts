import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client } from 'pg'
import { dueAlarms } from '../chaos/books/alarms.ts'
import type { Broken } from '../chaos/books/broken.ts'
import { judgePoison } from '../chaos/books/poison-letters.ts'
import { checkBooks } from '../demo/books/books.ts'
import { PLACED } from './small-lives.ts'
import { soundEvidence } from './small-world.ts'
import { openWorlds } from './worlds.ts'

const MARKER = 'poison-of-this-test'
const worlds = await openWorlds('poison')
const SENT_MS = Date.parse(PLACED)
const TIME: Broken = {
  ...{ kind: 'poison', touched: ['kafka'], isWhole: true },
  ...{ from: SENT_MS - 1_000, mendedAt: SENT_MS + 1_000, to: SENT_MS + 2_000 },
}

const HEARD = {
  orders: {
    order: ['stock.reserved'],
    'order-payments': ['payment.settled', 'payment.failed', 'refund.settled'],
  },
  inventory: { inventory: ['order.cancelled', 'order.expired', 'order.refunded', 'order.paid'] },
  payments: { payment: ['payment.requested', 'refund.requested'] },
  functions: { functions: ['order.paid', 'order.refunded', 'order.cancelled', 'order.expired'] },
} as const

/** A marked letter of each consumer from each topic it hears. */
const ALL_PUT_ASIDE = Object.entries(HEARD)
  .flatMap(([schema, consumers]) =>
    Object.entries(consumers).flatMap(([consumer, topics]: [string, readonly string[]]) =>
      topics.map(
        (topic, index) => `INSERT INTO ${schema}.dead_letter
        (consumer, topic, partition, kafka_offset, sent_at, key, value, error)
      VALUES ('${consumer}', '${topic}', 0, ${index}, '${PLACED}', NULL, '{"m":"${MARKER}"', 'why')`,
      ),
    ),
  )
  .join(';')

async function brokenIn(sql: string, times: readonly Broken[]): Promise<readonly string[]> {
  let ids: readonly string[] = []
  await worlds.withChanged(sql, (url) =>
    checkBooks(url, soundEvidence(), async (client) => {
      ids = (await judgePoison(client, MARKER, times)).check.first.map(({ id }) => id)
    }).then(() => undefined),
  )
  return ids
}

test('poison that everybody put aside is found there', async () => {
  assert.deepEqual(await brokenIn(ALL_PUT_ASIDE, [TIME]), [])
})

test('poison that one consumer swallowed is missed, and so is all of it', async () => {
  const swallowed = `${ALL_PUT_ASIDE}; DELETE FROM payments.dead_letter WHERE topic = 'refund.requested'`
  assert.deepEqual(await brokenIn(swallowed, [TIME]), ['payment refund.requested'])
  assert.equal((await brokenIn('SELECT 1', [TIME])).length, 10)
})

test('letters of another time, or without the mark, do not count; without poison none are due', async () => {
  const earlier = `${ALL_PUT_ASIDE}; UPDATE functions.dead_letter SET sent_at = '2025-01-01'`
  assert.equal((await brokenIn(earlier, [TIME])).length, 4)
  const unmarked = `${ALL_PUT_ASIDE}; UPDATE orders.dead_letter SET value = '{}'`
  assert.equal((await brokenIn(unmarked, [TIME])).length, 4)
  assert.deepEqual(await brokenIn('SELECT 1', []), [])
})

test('who has letters that nobody replayed must raise an alarm, nobody else', async () => {
  const some = `${ALL_PUT_ASIDE}; UPDATE orders.dead_letter SET replayed_at = now();
    DELETE FROM functions.dead_letter`
  await worlds.withChanged(some, async (url) => {
    const client = new Client({ connectionString: url })
    await client.connect()
    try {
      assert.deepEqual((await dueAlarms(client)).toSorted(), ['inventory.deadLetters', 'payment.deadLetters'])
    } finally {
      await client.end()
    }
  })
})
