import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { seededRandom } from '../../generator/random.ts'
import { isOriginal, scatter } from './scatter.ts'

const message = fc.record({
  topic: fc.constantFrom('order.paid', 'stock.reserved'),
  key: fc.constant(null),
  value: fc.uuid().map((id) => Buffer.from(id)),
  headers: fc.constantFrom({}, { generation: '2' }),
})

test('each message comes twice more as it was, in a partition of its topic, and no copy is copied', () => {
  fc.assert(
    fc.property(fc.nat(), fc.array(message), (seed, messages) => {
      const copies = scatter(seededRandom(seed), messages)
      const twice = messages.flatMap(({ topic, value }) => [`${topic} ${value}`, `${topic} ${value}`])
      assert.deepEqual(copies.map(({ topic, value }) => `${topic} ${value}`).sort(), twice.sort())
      for (const { partition = -1, headers = {}, topic, value } of copies) {
        assert.ok(partition >= 0 && partition < 6)
        assert.equal(isOriginal({ headers }), false)
        const source = messages.find((each) => each.topic === topic && each.value === value)
        const { 'sent-again': _, ...others } = headers
        assert.deepEqual(others, source?.headers)
      }
      assert.deepEqual(scatter(seededRandom(seed), copies as never), [])
    }),
  )
})

test('copies come in another order than their messages came', () => {
  const messages = Array.from({ length: 100 }, (_, number) => ({
    ...{ topic: 'order.paid', key: null, headers: {} },
    value: Buffer.from([number]),
  }))
  const order = scatter(seededRandom(1), messages).map(({ value }) => (value as Buffer)[0] ?? 0)
  const steps = order.slice(1).filter((number, index) => number < (order[index] ?? 0))
  assert.ok(steps.length > 50, `${steps.length} of 199 steps go back`)
})
