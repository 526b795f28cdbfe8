import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Stand } from '@stampede/local/stand/stand'
import { type Fault, type FaultKind, NothingBroken } from './fault.ts'
import { openPlayer, type PlayerTerms, wasPlayed } from './player.ts'

/** A house in which nothing is but what parts are broken. */
function openToy(changes: Partial<FaultKind> = {}) {
  const broken = new Set<string>()
  const story: string[] = []
  const check = async (part: string) => assert.ok(!broken.has(part))
  const kind: FaultKind = {
    ...{ kind: 'break', weight: 1, leastMs: 0, mostMs: 1000, recovers: 'from-mend' },
    targets: () => ['a', 'b'],
    touches: (target) => [target],
    async begin(_stand, { target }) {
      broken.add(target)
      story.push(`break ${target}`)
      return async () => {
        broken.delete(target)
        story.push(`mend ${target}`)
      }
    },
    ...changes,
  }
  const stand = { system: { check, parts: {} } } as unknown as Stand
  const play = (plan: readonly Fault[], terms: Partial<PlayerTerms> = {}) =>
    openPlayer({ stand, kinds: [kind], firstAckAfter: (at) => at + 1, backMs: 400, ...terms }).play(plan)
  return { play, story, broken }
}

function fault(target: string, atMs: number, forMs: number): Fault {
  return { kind: 'break', target, atMs, forMs, seed: 1 }
}

test('what is broken is mended when its time is over, and its recovery measured from then', async () => {
  const { play, story, broken } = openToy()
  const [played] = await play([fault('a', 0, 200)])
  assert.deepEqual(story, ['break a', 'mend a'])
  assert.equal(broken.size, 0)
  assert.ok((played?.mendedAt ?? 0) - (played?.beganAt ?? 0) >= 190)
  assert.ok((played?.recoveredMs ?? 1000) < 150)
  assert.deepEqual([played?.alone, played?.why], [true, undefined])
})

test('one target is never broken twice at once: the second fault waits for the first', async () => {
  const { play, story } = openToy()
  const played = await play([fault('a', 0, 300), fault('a', 50, 0)])
  assert.deepEqual(story, ['break a', 'mend a', 'break a', 'mend a'])
  assert.ok(played.every(({ why }) => why === undefined))
})

test('who waits too long is not played, and says so', async () => {
  const { play, story } = openToy()
  const [, second] = await play([fault('a', 0, 300), fault('a', 50, 0)], { waitMs: 50 })
  assert.deepEqual(story, ['break a', 'mend a'])
  assert.equal(second?.beganAt, undefined)
  assert.match(second?.why ?? '', /still broken/)
})

test('faults of different targets overlap, and neither was alone', async () => {
  const { play, story } = openToy()
  const played = await play([fault('a', 0, 400), fault('b', 100, 100)])
  assert.deepEqual(story, ['break a', 'break b', 'mend b', 'mend a'])
  assert.deepEqual(
    played.map(({ alone }) => alone),
    [false, false],
  )
})

test('a part that does not come back is told by its name', async () => {
  const { play } = openToy({
    async begin() {
      return () => Promise.resolve()
    },
    untilWhole: async () => false,
  })
  const [played] = await play([fault('a', 0, 0)])
  assert.match(played?.why ?? '', /not back after 0.4 s: what was taken away/)
  const [unsold] = await openToy().play([fault('a', 0, 0)], { firstAckAfter: () => undefined })
  assert.match(unsold?.why ?? '', /not back after 0.4 s: a purchase/)
})

test('a fault that broke nothing, and one that cannot be mended, are told apart', async () => {
  const refuse = async () => assert.fail('no such thing')
  const begin = async () => {
    throw new NothingBroken('nobody is there')
  }
  const [unbegun] = await openToy({ begin }).play([fault('a', 0, 0)])
  assert.deepEqual([unbegun?.beganAt, unbegun?.why], [undefined, 'nobody is there'])
  const [unmended] = await openToy({ begin: async () => refuse }).play([fault('a', 0, 0)])
  assert.ok(unmended?.beganAt)
  assert.match(unmended.why ?? '', /could not be mended: no such thing/)
})

test('what was broken by half must come back too, and is not taken for played', async () => {
  const house = openToy({
    async begin(_stand, { target }) {
      house.broken.add(target)
      if (target === 'a') setTimeout(() => house.broken.delete('a'), 200)
      throw new Error('only half of it')
    },
  })
  const [back, gone] = await house.play([fault('a', 0, 0), fault('b', 0, 0)])
  assert.ok(back?.beganAt)
  assert.equal(back.half, 'only half of it')
  assert.ok((back.recoveredMs ?? 0) >= 150)
  assert.match(gone?.why ?? '', /not back after 0.4 s: b/)
  assert.deepEqual(
    [back, gone].filter((each) => each && wasPlayed(each)),
    [],
  )
})

test('a purchase counts when it was sent after all was broken, not while it was being broken', async () => {
  const asked: number[] = []
  let brokenAt = 0
  const { play } = openToy({
    recovers: 'from-start',
    async begin() {
      await new Promise((due) => setTimeout(due, 100))
      brokenAt = Date.now()
      return () => Promise.resolve()
    },
  })
  const [played] = await play([fault('a', 0, 0)], { firstAckAfter: (at) => asked.push(at) })
  assert.ok((asked[0] ?? 0) >= brokenAt)
  assert.ok((played?.beganAt ?? brokenAt) < brokenAt)
})
