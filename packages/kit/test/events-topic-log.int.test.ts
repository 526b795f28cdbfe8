import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Receipt } from '../src/events/sender.ts'
import { beginLogs, LostLog, loseLog, noteEnds, readLogs, type TopicLog } from '../src/events/topic-log.ts'
import { type Tx, transaction } from '../src/postgres.ts'
import { type House, openHouse, TOPIC } from './events-house.ts'

let house: House
let logs: Map<string, TopicLog>

before(async () => {
  house = await openHouse()
  await house.create()
})
beforeEach(async () => {
  await house.pool.query('truncate topic_log, outbox')
  await beginLogs(house.pool, new Map([[TOPIC, 'first']]))
  logs = await readLogs(house.pool)
})
after(() => house.destroy())

const logNow = async () => (await readLogs(house.pool)).get(TOPIC) as TopicLog
const receipt = (partition: number, from: number, end: number): Receipt => ({
  ...{ topic: TOPIC, partition, from, end },
})
const note = (receipts: readonly Receipt[]) => transaction(house.pool, (tx) => noteEnds(tx, logs, receipts))

test('of relays that send at the same time each notes its part, and the furthest stays', async () => {
  await note([receipt(0, 5, 9), receipt(2, 0, 4)])
  await note([receipt(0, 0, 5), receipt(4, 0, 1)])
  await note([receipt(2, 4, 6), receipt(2, 6, 8)])
  assert.deepEqual((await logNow()).ends, [9, 0, 8, 0, 1])
})

test('an offset that was confirmed before tells of a loss', async () => {
  await note([receipt(1, 0, 10)])
  logs = await readLogs(house.pool)
  await assert.rejects(note([receipt(0, 0, 3), receipt(1, 9, 12)]), LostLog)
  await assert.rejects(note([receipt(1, 10, 12), receipt(1, 11, 13)]), LostLog)
  assert.deepEqual((await logNow()).ends, [0, 10])
})

test('what was sent while the log was found lost is not marked as sent', async () => {
  assert.equal(await loseLog(house.pool, await logNow(), 'second'), true)
  await assert.rejects(note([receipt(0, 0, 3)]), /meanwhile/)
  const { generation, logId, ends, retelling } = await logNow()
  assert.deepEqual({ generation, logId, ends, retelling }, { ...SECOND, ends: [], retelling: true })
})

test('of many who find a loss one counts', async () => {
  const finds = Array.from({ length: 5 }, () => loseLog(house.pool, logs.get(TOPIC) as TopicLog, 'second'))
  assert.deepEqual((await Promise.all(finds)).toSorted(), [false, false, false, false, true])
  assert.equal((await logNow()).generation, 2)
})

test('a loss found while a relay marks rows as sent has those told again as well', async () => {
  let finding: Promise<boolean> | undefined
  await transaction(house.pool, async (tx: Tx) => {
    await noteEnds(tx, logs, [receipt(0, 0, 3)])
    finding = loseLog(house.pool, logs.get(TOPIC) as TopicLog, 'second')
    await sleep(300)
    await tx.query(`insert into outbox (topic, events, count, sent_at) values ($1, '', 0, now())`, [TOPIC])
  })
  assert.equal(await finding, true)
  const { rows } = await house.pool.query(
    'select retell_below > (select max(id) from outbox) as all from topic_log',
  )
  assert.deepEqual(rows, [{ all: true }])
})

const SECOND = { generation: 2, logId: 'second' }
