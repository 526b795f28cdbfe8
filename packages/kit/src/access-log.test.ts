import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Line, openHeardLog } from '../testing/heard-log.ts'
import { type Access, type AccessLines, AccessLog } from './access-log.ts'
import { newTraceId } from './tracing/trace-id.ts'

const [KEPT, UNKEPT] = [newTraceId(true), newTraceId()]
const refusal: Access = {
  ...{ traceId: UNKEPT, method: 'POST', route: '/api/sales/:saleId/orders', saleId: 's' },
  ...{ status: 409, outcome: 'sold_out', tookMs: 1.26 },
}

/** Tells as a server does, and returns the lines that were written. */
function tellAll(lines: AccessLines, accesses: readonly (Access & { at?: number })[]): Line[] {
  const { log, lines: written } = openHeardLog()
  const access = new AccessLog(log, lines)
  for (const { at = 10_000, ...each } of accesses) {
    if (access.wants(each.traceId, each.status)) access.tell(each, at)
  }
  return written()
}

test('a request whose trace is kept is one line, with its trace, route, outcome and time', () => {
  const [line, ...more] = tellAll('some', [{ ...refusal, traceId: KEPT }])
  const { time: _time, ...told } = line ?? {}
  assert.deepEqual(told, {
    ...{ level: 'info', service: 'test', traceId: KEPT, method: 'POST', route: '/api/sales/:saleId/orders' },
    ...{ saleId: 's', status: 409, outcome: 'sold_out', ms: 1.3, msg: 'request answered' },
  })
  assert.deepEqual(more, [])
})

test('what went well or was refused leaves no line unless its trace is kept or all are asked for', () => {
  const accesses = [refusal, { ...refusal, status: 201 }]
  assert.deepEqual(tellAll('some', accesses), [])
  assert.deepEqual(
    tellAll('all', accesses).map(({ level, status }) => [level, status]),
    [
      ['info', 409],
      ['info', 201],
    ],
  )
})

test('a failure is a warning, whatever its trace', () => {
  const [line] = tellAll('some', [{ ...refusal, status: 503, outcome: 'unavailable' }])
  assert.deepEqual([line?.['level'], line?.['traceId']], ['warn', UNKEPT])
})

test('when all fails a few lines are written a second, and the next one counts the others', () => {
  const failure = { ...refusal, status: 503 }
  const rush = [...Array(1_000).fill(failure), { ...failure, at: 11_000 }]
  const lines = tellAll('some', rush)
  assert.equal(lines.length, 21)
  assert.deepEqual(
    lines.map(({ unlogged }) => unlogged),
    [...Array(20).fill(undefined), 980],
  )
  assert.equal(tellAll('all', rush).length, 1_001)
})

test('when every trace is kept a few lines are written a second, and failures have theirs', () => {
  const kept = { ...refusal, traceId: KEPT }
  const lines = tellAll('some', [...Array(1_000).fill(kept), { ...kept, status: 500 }])
  assert.deepEqual([lines.length, lines.at(-1)?.['level']], [21, 'warn'])
})
