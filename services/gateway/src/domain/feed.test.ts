import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Feed, type Look } from './feed.ts'

type Answer = (look: Look<string>) => void

function openFeed() {
  const asked: Answer[] = []
  const feed = new Feed<string>(() => new Promise((answer) => asked.push(answer)))
  return { feed, asked }
}

const seen = (id: string): Look<string> => ({ seen: { id, text: '{}' } })
const turn = () => new Promise((later) => setImmediate(later))

test('who asks while a look is under way gets the next one, and all who do share it', async () => {
  const { feed, asked } = openFeed()
  const first = feed.look()
  const others = [feed.look(), feed.look(), feed.look()]
  assert.equal(asked.length, 1)
  asked[0]?.(seen('old'))
  await turn()
  assert.equal(asked.length, 2)
  asked[1]?.(seen('new'))
  assert.deepEqual(await first, seen('old'))
  assert.deepEqual(await Promise.all(others), [seen('new'), seen('new'), seen('new')])
  void feed.look()
  assert.equal(asked.length, 3)
})

test('there is never more than one look under way', async () => {
  let [under, most, looks] = [0, 0, 0]
  const feed = new Feed<string>(async () => {
    most = Math.max(most, ++under)
    looks++
    await turn()
    under--
    return seen(String(looks))
  })
  const asking = Array.from({ length: 200 }, async (_, i) => {
    for (let turns = 0; turns < i % 7; turns++) await turn()
    await feed.look()
    await feed.look()
  })
  await Promise.all(asking)
  assert.equal(most, 1)
  assert.ok(looks < 30, `${looks} looks`)
})

test('all who listen hear what was seen before those who asked; nobody hears of a failure', async () => {
  const { feed, asked } = openFeed()
  const heard: string[] = []
  const tell = ({ id }: { id: string }) => void heard.push(id)
  feed.listeners.add(tell)
  const look = feed.look().then(() => heard.push('asked'))
  asked[0]?.(seen('1'))
  await look
  const failing = feed.look()
  asked[1]?.({ failed: 'unavailable' })
  assert.deepEqual(await failing, { failed: 'unavailable' })
  feed.listeners.delete(tell)
  const unheard = feed.look()
  asked[2]?.(seen('2'))
  await unheard
  assert.deepEqual(heard, ['1', 'asked'])
})
