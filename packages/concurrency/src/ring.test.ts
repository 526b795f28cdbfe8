import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openStress } from '../test/stress.ts'
import { END, JOBS } from '../test/stress-worker.ts'
import { openRing, Ring } from './ring.ts'

test('items come out in the order they went in, around the ring many times', () => {
  const ring = openRing(4)
  const out: (number | undefined)[] = []
  for (let i = 0; i < 100; i += 2) {
    ring.tryPush(i)
    ring.tryPush(i + 1)
    out.push(ring.tryPop(), ring.tryPop())
  }
  assert.deepEqual(
    out,
    Array.from({ length: 100 }, (_, i) => i),
  )
})

test('a full ring refuses, an empty one has nothing, and both say so again', () => {
  const ring = openRing(3)
  assert.deepEqual(
    [1, 2, 3, 4, 5].map((item) => ring.tryPush(item)),
    [true, true, true, true, false],
  )
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6].map(() => ring.tryPop()),
    [1, 2, 3, 4, undefined, undefined],
  )
})

test('two rings over one memory are one ring, and an item may be any int32', () => {
  const ring = openRing(4)
  const other = new Ring(ring.memory)
  const items = [0, -1, -(2 ** 31), 2 ** 31 - 1]
  for (const item of items) assert.equal(ring.tryPush(item), true)
  assert.deepEqual(
    items.map(() => other.tryPop()),
    items,
  )
})

test('the numbers of the turns may wrap around', () => {
  const ring = openRing(4)
  const words = new Int32Array(ring.memory)
  // As after 2^31 - 2 items: the next turns cross the largest int32.
  const turns = 2 ** 31 - 4
  words[0] = turns
  words[16] = turns
  for (let i = 0; i < 4; i++) words[64 + i * 2] = turns + i
  for (let i = 0; i < 20; i++) {
    assert.equal(ring.tryPush(i), true)
    assert.equal(ring.tryPop(), i)
  }
  assert.equal(ring.tryPop(), undefined)
})

test('who waits for an item or for room waits no longer than asked', () => {
  const ring = openRing(2)
  const began = performance.now()
  assert.equal(ring.pop(30), undefined)
  ring.tryPush(1)
  ring.tryPush(2)
  assert.equal(ring.push(3, 30), false)
  const tookMs = performance.now() - began
  assert.ok(tookMs >= 55 && tookMs < 5_000, `${tookMs} ms`)
})

for (const { producers, consumers } of [
  { producers: 3, consumers: 3 },
  { producers: 3, consumers: 1 },
]) {
  const who = `${producers} threads push and ${consumers} pop`
  test(`${who}, 1,200,000 times together: nothing lost, nothing twice, in order`, async () => {
    const each = 200_000
    const all = producers * each
    const stress = openStress({ threads: producers + consumers, room: 64, items: all })
    const consuming = Array.from({ length: consumers }, () => stress.ask(JOBS.consume, each))
    const producing = Array.from({ length: producers }, (_, i) => stress.ask(JOBS.produce, i, each))
    await Promise.race([Promise.all(producing), Promise.all(consuming)])
    for (const _ of consuming) assert.equal(stress.ring.push(END, 5_000), true)
    const outOfOrder = await Promise.all(consuming)
    assert.deepEqual(new Set(stress.popped), new Set([1]))
    assert.deepEqual(new Set(outOfOrder), new Set([0]))
    await stress.pool.close()
  })
}
