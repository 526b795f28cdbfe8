import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import type { DeadLetters } from '@stampede/contracts/dead-letters'
import { newId } from '@stampede/contracts/ids'
import { until } from '@stampede/kit/testing/until'
import { eventOf } from './events.ts'
import { type Harness, openHarness } from './harness.ts'
import { writeModules } from './modules.ts'
import { slowCommits } from './slow.ts'

/** Gives nothing for orders of 10.01, until there is a file `mended`. */
const BAD = `import { existsSync } from 'node:fs'
export function handle({ type, data }) {
  const mended = existsSync(new URL('mended', import.meta.url))
  if (type === 'order.paid' && data.totalCents === 1001 && !mended) throw new Error('out of points')
  return { points: type === 'order.paid' ? 10 : -10 }
}
`

describe('the points of an order that was refunded', () => {
  let house: Harness
  const bad = writeModules({ points: BAD })
  before(async () => {
    house = await openHarness({ FUNCTIONS_DIR: bad.dir })
    await house.start()
  })
  after(async () => {
    await house.close()
    bad.forget()
  })

  const ended = (orderId: string, undone: number) =>
    until(`the calls of ${orderId}`, async () => {
      const effects = await house.effects(orderId)
      return effects.calls === 6 && effects.undone === undone && effects
    })

  test('are not taken back if they were never given, and go back at once when a replay gives them', async () => {
    const orderId = newId()
    await house.tell(eventOf('order.paid', { orderId, totalCents: 1_001 }))
    await until('the message', async () => (await house.effects(orderId)).messages)
    await house.tell(eventOf('order.refunded', { orderId, totalCents: 1_001 }))
    const { points, messages } = await ended(orderId, 1)
    assert.deepEqual([points, messages?.length], [[0], 2])
    assert.match(messages?.[1] ?? '', /is refunded/)
    assert.doesNotMatch(messages?.[1] ?? '', /points/)
    const { letters } = (await (await house.ask('/internal/dead-letters')).json()) as DeadLetters
    const { id } = letters.find(({ key }) => key === orderId) ?? {}
    writeFileSync(`${bad.dir}/mended`, '')
    const { status } = await house.ask(`/internal/dead-letters/${id}/replay`, { method: 'POST' })
    rmSync(`${bad.dir}/mended`)
    assert.equal(status, 202)
    assert.deepEqual((await ended(orderId, 0)).points, [10, -10])
  })

  for (const [first, second] of [
    ['order.paid', 'order.refunded'],
    ['order.refunded', 'order.paid'],
  ] as const) {
    test(`sum to zero when ${second} is worked on while ${first} is not yet committed`, async () => {
      const orderId = newId()
      const slow = await slowCommits(house.sql, 'points written')
      try {
        await house.tell(eventOf(first, { orderId }))
        await slow.sleeping()
        await house.tell(eventOf(second, { orderId }))
        assert.deepEqual((await ended(orderId, 0)).points, [10, -10])
      } finally {
        await slow.mend()
      }
    })
  }
})
