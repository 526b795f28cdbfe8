import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Log } from '../log.ts'
import { Alarms } from './alarms.ts'

function openAlarms() {
  const said: string[] = []
  const log = {
    error: (about: { alarm: string }, word: string) => said.push(`error ${about.alarm} ${word}`),
    info: (about: { alarm: string }, word: string) => said.push(`info ${about.alarm} ${word}`),
  }
  return { alarms: new Alarms(log as unknown as Log), said }
}

const over = { name: 'units', value: 3, limit: 0, forMs: 1_000 }
const fine = { ...over, value: 0 }

test('what is over its limit for too long is an alarm, told once, until it is not', () => {
  const { alarms, said } = openAlarms()
  alarms.see([over], 0)
  alarms.see([over], 999)
  assert.equal(alarms.alarms.length, 0)
  alarms.see([over], 1_000)
  alarms.see([{ ...over, value: 5 }], 2_000)
  const [alarm] = alarms.alarms
  assert.deepEqual([alarm?.name, alarm?.value, alarm?.limit], ['units', 5, 0])
  assert.deepEqual(said, ['error units alarm'])
  alarms.see([fine], 3_000)
  alarms.see([fine], 4_000)
  assert.deepEqual([alarms.alarms, said], [[], ['error units alarm', 'info units alarm over']])
})

test('what is over its limit only in passing is none, and neither is a number without a limit', () => {
  const { alarms, said } = openAlarms()
  for (const [at, measure] of [over, fine, over, fine].entries()) alarms.see([measure], at * 700)
  alarms.see([{ name: 'counted', value: 9 }], 3_000)
  assert.deepEqual([alarms.alarms, said], [[], []])
  assert.deepEqual(alarms.measures.at(-1), { name: 'counted', value: 9 })
})

test('a time in which nobody could look raises no alarm and ends none', () => {
  const { alarms } = openAlarms()
  const raised = { ...over, name: 'raised' }
  alarms.see([raised], 0)
  alarms.see([raised, over], 1_000)
  alarms.forgive(['raised', 'units'])
  alarms.see([raised, over], 9_000)
  assert.deepEqual(
    alarms.alarms.map(({ name }) => name),
    ['raised'],
  )
})

test('what may never be is an alarm at the first sight', () => {
  const { alarms } = openAlarms()
  alarms.see([{ name: 'broken', value: 1, limit: 0 }])
  assert.equal(alarms.alarms.length, 1)
})
