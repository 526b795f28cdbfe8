import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Partitioners } from 'kafkajs'
import { partitionOf } from './partition.ts'

test('a key meets the partition that every other client would choose', () => {
  const choose = Partitioners.DefaultPartitioner()
  const metadata = Array.from({ length: 12 }, (_, partitionId) => ({
    partitionId,
    partitionErrorCode: 0,
    leader: 1,
    replicas: [],
    isr: [],
  }))
  fc.assert(
    fc.property(
      fc.oneof(fc.uuid(), fc.string({ unit: 'grapheme' })),
      fc.integer({ min: 1, max: 12 }),
      (key, count) => {
        const theirs = choose({
          topic: 't',
          partitionMetadata: metadata.slice(0, count),
          message: { key, value: null },
        })
        assert.equal(partitionOf(key, count), theirs)
      },
    ),
    { numRuns: 2_000 },
  )
})
