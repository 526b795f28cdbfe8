import assert from 'node:assert/strict'
import { until } from '@stampede/kit/testing/until'
import { checkBooks } from '@stampede/loadtests/demo/books/books'
import { readGate } from '@stampede/loadtests/system/gate-view'
import { readAllEvents } from '@stampede/loadtests/system/kafka-reader'
import { untilAtRest } from '@stampede/loadtests/system/rest'
import { type House, type OpenedSale, query } from './house.ts'

const REST_MS = 45_000
/**
 * Which refusals were deserved cannot be told in a sale with faults: units that a dead process had taken in
 * the gate stand in no row, and yet nobody else could have them in that time.
 */
const ONLY_IN_PEACE = 'every answer is one that its attempt deserved'

const UNMADE = `
SELECT r.claim_id AS id FROM inventory.reservation r LEFT JOIN orders.orders o ON o.order_id = r.claim_id
WHERE r.state <> 'void' AND o.order_id IS NULL LIMIT 1`

/** Waits until nothing moves, then compares all books with all that the clients were told. */
export async function assertBooks(house: House, peace: 'in peace' | 'after faults'): Promise<void> {
  await atRest(house)
  const { engines } = house.system
  const saleIds = house.sales.map((sale) => sale.saleId)
  const { findings } = await checkBooks(engines.DATABASE_URL, {
    journal: house.journal,
    sales: house.sales,
    events: await readAllEvents(engines.KAFKA_BROKERS),
    gate: await readGate(engines.REDIS_GATE_URL, saleIds),
  })
  const broken = findings.filter((each) => each.broken > 0)
  assert.deepEqual(peace === 'in peace' ? broken : broken.filter(({ title }) => title !== ONLY_IN_PEACE), [])
  for (const sale of house.sales) await assertAudit(house, sale)
}

/**
 * Waits until everything runs, every reservation has its order,
 * every event is told and heard, and no claim is unsettled.
 */
export async function atRest(house: House): Promise<void> {
  const { system } = house
  await Promise.all(Object.keys(system.parts).map((part) => system.untilReady(part, REST_MS)))
  const nothingUnmade = async () => (await query(house, UNMADE)).length === 0
  await until('every reservation has its order', nothingUnmade, REST_MS)
  const saleIds = house.sales.map((sale) => sale.saleId)
  const moving = await untilAtRest(system, { runOut: [], saleIds, limitMs: REST_MS })
  assert.equal(moving, undefined, 'the system comes to rest')
}

async function assertAudit(house: House, { saleId, units }: OpenedSale): Promise<void> {
  const audit = await house.audit(saleId)
  const { initial, oversold, duplicates, limitBreaches, consistent } = audit
  const wanted = { initial: units, oversold: 0, duplicates: 0, limitBreaches: 0, consistent: true }
  assert.deepEqual({ initial, oversold, duplicates, limitBreaches, consistent }, wanted)
}
