import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMeter } from './meter.ts'

test('what a part used between the two moments is read, and no more', () => {
  const meter = openMeter(() => ({ self: { pid: process.pid } }))
  meter.begin()
  const end = process.cpuUsage().user + 100_000
  while (process.cpuUsage().user < end);
  const { cpuUsOf, restedMs } = meter.read(0)
  const own = process.cpuUsage()
  assert.ok((cpuUsOf['self'] ?? 0) >= 80_000 && (cpuUsOf['self'] ?? 0) <= own.user + own.system)
  assert.ok(restedMs > 0)
})

test('a part that died and came back gives no figure', () => {
  let pid = process.pid
  const meter = openMeter(() => ({ part: { pid } }))
  meter.begin()
  pid = process.ppid
  assert.throws(() => meter.read(0), /part/)
})
