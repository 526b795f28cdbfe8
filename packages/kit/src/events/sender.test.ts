import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkAnswers, splitByBytes } from './sender.ts'

const letters = (sizes: readonly number[]) =>
  sizes.map((size) => ({ topic: 't', key: 'k', value: 'x'.repeat(size) }))

test('a request stays below the limit of 1 MB, and the letters keep their order', () => {
  const all = letters(Array.from({ length: 5_000 }, (_, i) => (i * 7919) % 64_000))
  const chunks = [...splitByBytes(all)]
  assert.deepEqual(chunks.flat(), all)
  for (const chunk of chunks) {
    const bytes = chunk.reduce((sum, { value }) => sum + value.length, 0)
    assert.ok(bytes < 700_000, `${bytes} bytes`)
  }
})

test('bytes are counted, not characters', () => {
  const wide = [
    ...splitByBytes(Array.from({ length: 12 }, () => ({ topic: 't', key: 'k', value: '€'.repeat(60_000) }))),
  ]
  assert.deepEqual(
    wide.map((chunk) => chunk.length),
    [4, 4, 4],
  )
})

test('only an offset from each partition counts as an answer', () => {
  const answer = { topicName: 't', partition: 0, errorCode: 0, baseOffset: '7' }
  const one = new Map([['t/0', 3]])
  assert.deepEqual(checkAnswers(one, [answer]), [{ topic: 't', partition: 0, from: 7, end: 10 }])
  assert.throws(() => checkAnswers(new Map([...one, ['t/1', 1]]), [answer]), /did not confirm t\/1/)
  assert.throws(() => checkAnswers(one, [{ ...answer, errorCode: 7 }]), /did not confirm/)
  assert.throws(() => checkAnswers(one, [{ ...answer, baseOffset: '-1' }]), /did not confirm/)
  assert.throws(() => checkAnswers(one, [{ topicName: 't', partition: 0, errorCode: 0 }]), /did not/)
  assert.throws(() => checkAnswers(one, []), /did not confirm/)
})
