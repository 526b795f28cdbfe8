import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judgeDeaths, judgePlayed, judgeReturns } from './judge-run.ts'
import type { Played } from './player.ts'

const FAULT = { kind: 'kill', target: 'order', atMs: 5000, forMs: 0, seed: 1 }
const BACK: Played = { fault: FAULT, alone: true, beganAt: 1, mendedAt: 2, recoveredAt: 3, recoveredMs: 2 }
const UNPLAYED: Played = { fault: FAULT, alone: false, why: 'order is not running: it is down' }
const HALF: Played = { ...BACK, half: 'redis-gate is not running: it is down' }

const times = (count: number, played: Played) => Array.from({ length: count }, () => played)

test('nineteen of twenty faults must be played, and what was not is named', () => {
  assert.equal(judgePlayed([...times(19, BACK), UNPLAYED], 20).broken, 0)
  const { broken, first } = judgePlayed([...times(18, BACK), UNPLAYED, HALF], 20)
  assert.equal(broken, 2)
  assert.deepEqual(first, [
    { id: 'kill:order at 5.0 s', why: 'order is not running: it is down' },
    { id: 'kill:order at 5.0 s', why: 'redis-gate is not running: it is down' },
  ])
})

test('a run in which nothing was played is not green, unless nothing was asked for', () => {
  assert.equal(judgePlayed(times(300, UNPLAYED), 300).broken, 300)
  assert.equal(judgePlayed([], 300).broken, 300)
  assert.equal(judgePlayed([], 0).broken, 0)
})

test('what did not come back is told, also of a fault that was begun by half', () => {
  const lost = { ...HALF, why: 'not back after 180 s: order' }
  assert.deepEqual(judgeReturns([BACK, HALF, UNPLAYED, lost]).first, [
    { id: 'kill:order at 5.0 s', why: 'not back after 180 s: order' },
  ])
})

test('a service that ends by itself is told, one that says it no longer moves is not, nor is an engine', () => {
  const death = (part: string, word?: string) => ({
    ...{ part, at: 0, how: 'died (exit 1)' },
    ...(word !== undefined && { word }),
  })
  const deaths = [
    death('order', 'stopping after an error'),
    death('payment'),
    death('order', 'events no longer move'),
    death('redis-queue'),
  ]
  assert.deepEqual(judgeDeaths(deaths, ['order', 'payment']).first, [
    { id: 'order', why: '1970-01-01T00:00:00.000Z died (exit 1): stopping after an error' },
    { id: 'payment', why: '1970-01-01T00:00:00.000Z died (exit 1)' },
  ])
})
