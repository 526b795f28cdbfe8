import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { openPatience } from './patience.ts'

test('who is patient asks again after a pause that grows, up to a limit', () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  try {
    const patience = openPatience(() => 1)
    const asked: number[] = []
    for (const tries of [0, 3, 20])
      assert.equal(
        patience.wait(tries, () => asked.push(tries)),
        true,
      )
    for (const [ms, expected] of [
      [300, [0]],
      [2_100, [0, 3]],
      [5_600, [0, 3, 20]],
    ] as const) {
      mock.timers.tick(ms)
      assert.deepEqual(asked, expected)
    }
    assert.equal(patience.waiting, 0)
  } finally {
    mock.timers.reset()
  }
})

test('nobody asks for ever, and only so many wait at a time', () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  try {
    const patience = openPatience(() => 0)
    assert.equal(
      patience.wait(1_000, () => undefined),
      false,
    )
    let taken = 0
    while (patience.wait(0, () => undefined)) taken += 1
    assert.equal(patience.waiting, taken)
    mock.timers.tick(1_000)
    assert.equal(patience.waiting, 0)
    assert.equal(
      patience.wait(0, () => undefined),
      true,
    )
  } finally {
    mock.timers.reset()
  }
})
