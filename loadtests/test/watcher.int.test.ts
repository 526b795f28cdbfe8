import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startWatching } from '../chaos/load/watcher.ts'
import { SALE_ID } from './small-lives.ts'
import { openWorlds } from './worlds.ts'

const worlds = await openWorlds('watched')
const UP = { current: () => [SALE_ID], all: () => [SALE_ID] }
const GAVE_WAY = { current: () => [], all: () => [SALE_ID] }
const DAMAGE = 'UPDATE inventory.sale SET reserved = 1, available = 8'

async function watchOnce(url: string, sales = UP) {
  const watcher = startWatching(url, sales)
  const deadline = performance.now() + 10_000
  const isDone = () => {
    const { snapshots, missed, violations } = watcher.watched()
    return snapshots + missed + violations > 0
  }
  while (!isDone() && performance.now() < deadline) await sleep(20)
  await watcher.close()
  return watcher.watched()
}

test('the watcher sees units that are not all there, and counts its snapshots', async () => {
  await worlds.withChanged(DAMAGE, async (url) => {
    const { violations, first, missed } = await watchOnce(url)
    assert.ok(violations > 0)
    assert.equal(first[0]?.id, SALE_ID)
    assert.equal(missed, 0)
  })
  const { violations, snapshots } = await watchOnce(worlds.sound)
  assert.equal(violations, 0)
  assert.ok(snapshots > 0)
})

test('the watcher sees what happens to the orders of a sale that gave way', async () => {
  await worlds.withChanged(DAMAGE, async (url) => assert.ok((await watchOnce(url, GAVE_WAY)).violations > 0))
})

test('the watcher goes on when Postgres is away, and says how often it was', async () => {
  const { missed, snapshots, violations } = await watchOnce('postgres://nobody@127.0.0.1:1/none')
  assert.ok(missed > 0)
  assert.deepEqual([snapshots, violations], [0, 0])
})

test('a look that Postgres refuses is no miss: nothing was looked at', async () => {
  await worlds.withChanged('ALTER TABLE inventory.reservation RENAME TO elsewhere', async (url) => {
    const { missed, snapshots, violations, first } = await watchOnce(url)
    assert.deepEqual([missed, snapshots, violations > 0], [0, 0, true])
    assert.match(first[0]?.why ?? '', /inventory.reservation/)
  })
})
