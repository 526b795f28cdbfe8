import assert from 'node:assert/strict'
import { test } from 'node:test'
import { counter, Distribution, histogram, observe, snapshot } from './instruments.ts'
import { Lines } from './lines.ts'

const linesOf = (name: string) => snapshot().find((each) => each.name === name)?.lines ?? []

test('a value belongs to the bucket of the least bound that it does not exceed', () => {
  const spread = new Distribution([1, 10])
  for (const value of [0, 1, 1.5, 10, 11, 99]) spread.record(value)
  assert.deepEqual([spread.counts, spread.sum], [[2, 2, 2], 122.5])
})

test('values of the same attributes share a line, and what is undefined is not told', () => {
  const hops = histogram('stampede.hop.duration')
  const fine = hops.at('order rows', undefined)
  assert.equal(histogram('stampede.hop.duration').at('order rows', undefined), fine)
  assert.notEqual(hops.at('order rows', 'ECONNRESET'), fine)
  const told = linesOf('stampede.hop.duration').map(({ attributes }) => attributes)
  assert.deepEqual(told, [
    { 'stampede.hop': 'order rows' },
    { 'stampede.hop': 'order rows', 'error.type': 'ECONNRESET' },
  ])
})

test('a metric has a thousand lines at most: what comes after shares one, and no count is lost', () => {
  const lines = new Lines({ attributes: ['x'], make: () => ({ count: 0 }) })
  for (let i = 0; i < 1_500; i++) lines.at(`value ${i % 1_200}`).count++
  const all = lines.all()
  assert.equal(all.length, 1_001)
  assert.equal(
    all.reduce((sum, { line }) => sum + line.count, 0),
    1_500,
  )
  assert.deepEqual(all.at(-1)?.attributes, { 'otel.metric.overflow': true })
})

test('a counter is told as it is, an observed value as it is when it is asked for, until it is ended', () => {
  const won = counter('stampede.purchase.attempts').at('won')
  won.add()
  won.add(2)
  assert.deepEqual(linesOf('stampede.purchase.attempts')[0]?.value, 3)
  let lag = 5
  const end = observe('stampede.consumer.lag', () => [[lag, 'order']])
  lag = 7
  const line = { attributes: { 'messaging.consumer.group.name': 'order' }, value: 7 }
  assert.deepEqual(linesOf('stampede.consumer.lag'), [line])
  end()
  assert.deepEqual(linesOf('stampede.consumer.lag'), [])
})
