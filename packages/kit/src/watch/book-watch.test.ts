import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { until } from '../../testing/until.ts'
import { openBookWatch } from './book-watch.ts'

const log = pino({ level: 'silent' })

test('looks go on, each at its own rhythm, and one that fails takes no other with it', async () => {
  const counts = { fine: 0, failing: 0 }
  const looks = [
    async () => [{ name: 'looks', value: ++counts.fine }],
    async () => {
      counts.failing++
      throw new Error('away')
    },
  ]
  const watch = openBookWatch({ log, looks, everyMs: 5 })
  await until('some looks', () => counts.fine > 3 && counts.failing > 3)
  await watch.close()
  const seen = { ...counts }
  assert.equal(watch.watched.measures.find(({ name }) => name === 'looks')?.value, seen.fine)
  await new Promise((later) => setTimeout(later, 30))
  assert.deepEqual(counts, seen, 'closed, nobody looks any more')
})

test('told to stop it waits for nothing, and calls off a look that may take long', async () => {
  let begun = 0
  const long = (signal: AbortSignal) =>
    new Promise<never>((_, reject) => {
      begun++
      signal.addEventListener('abort', () => reject(new Error('called off')))
    })
  const watch = openBookWatch({ log, looks: [long, long], everyMs: 1 })
  await until('a look', () => begun === 1)
  watch.stop()
  await watch.close()
  assert.equal(begun, 1, 'and nobody looks any more')
})

test('closed, it has waited for the look under way', async () => {
  const { promise, resolve } = Promise.withResolvers<readonly []>()
  let [begun, ended] = [false, false]
  const deaf = () => {
    begun = true
    return promise
  }
  const watch = openBookWatch({ log, looks: [deaf] })
  await until('a look', () => begun)
  const closing = watch.close().then(() => {
    ended = true
  })
  await new Promise((later) => setTimeout(later, 30))
  assert.equal(ended, false)
  resolve([])
  await closing
})

test('a look that takes long rests long', async () => {
  const began: number[] = []
  const slow = async () => {
    began.push(performance.now())
    await new Promise((later) => setTimeout(later, 20))
    return []
  }
  const watch = openBookWatch({ log, looks: [slow], everyMs: 1 })
  await until('three looks', () => began.length === 3)
  await watch.close()
  const [, second = 0, third = 0] = began
  assert.ok(third - second > 300, `${third - second} ms between two looks`)
})

test('nobody having looked for long is an alarm of its own', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  let now = 1_000
  t.mock.method(performance, 'now', () => now)
  const watch = openBookWatch({ log, looks: [() => Promise.reject(new Error('away'))] })
  now += 29_000
  assert.deepEqual(watch.watched.alarms, [])
  now += 2_000
  assert.deepEqual(
    watch.watched.alarms.map(({ name }) => name),
    ['unseenMs'],
  )
  await watch.close()
})
