import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { snapshot } from '../metrics/instruments.ts'
import { Alarms } from './alarms.ts'
import { showMeasures } from './show-measures.ts'

const shown = () =>
  new Map(snapshot().map(({ name, lines: [line] }) => [name as string, [line?.value, line?.attributes]]))

test('measures are shown in the units of the table, with the names of those that are alarms', () => {
  const alarms = new Alarms(pino({ level: 'silent' }))
  const end = showMeasures(alarms)
  assert.deepEqual(shown(), new Map())
  alarms.see([
    { name: 'outboxOldestMs', value: 2_500, limit: 5_000 },
    { name: 'oversoldUnits', value: 2, limit: 0 },
    { name: 'of a test only', value: 9 },
  ])
  const expected = {
    'stampede.outbox.oldest': [2.5, {}],
    'stampede.stock.oversold': [2, {}],
    'stampede.watch.alarm': [1, { 'stampede.measure': 'oversoldUnits' }],
  }
  assert.deepEqual(Object.fromEntries(shown()), expected)
  end()
  assert.deepEqual(shown(), new Map())
})
