import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { hearLosses } from './lost-telemetry.ts'

test('the first loss is a warning, later ones at most one in a minute with how many were left out', () => {
  const lines: Record<string, unknown>[] = []
  const log = pino({ base: null, timestamp: false }, { write: (line) => void lines.push(JSON.parse(line)) })
  let nowMs = 5
  const hear = hearLosses(log, () => nowMs)
  hear.warn('Dropped 7 spans because maxQueueSize reached')
  for (let i = 0; i < 299; i++) hear.error('x'.repeat(9_000))
  hear.info('nothing of interest')
  assert.deepEqual(
    lines.map(({ msg, reason }) => [msg, reason]),
    [['telemetry may be lost', 'Dropped 7 spans because maxQueueSize reached']],
  )
  nowMs += 60_000
  hear.error('no connection', new Error('refused'))
  const { reason, unlogged, err } = lines[1] as { reason: string; unlogged: number; err: { message: string } }
  assert.deepEqual([reason, unlogged, err.message, lines.length], ['no connection', 299, 'refused', 2])
  nowMs += 60_000
  hear.warn('once more')
  assert.equal(lines[2]?.['unlogged'], undefined)
})
