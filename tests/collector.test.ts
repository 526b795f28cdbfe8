import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { AccessLog } from '@stampede/kit/access-log'
import { type Line, openHeardLog } from '@stampede/kit/testing/heard-log'
import { until } from '@stampede/kit/testing/until'
import { newTraceId } from '@stampede/kit/tracing/trace-id'
import { missingFrom, sendThrough } from '@stampede/loadtests/collector/send-through'
import { openCollector } from '@stampede/local/engines/collector'
import { builtJaeger } from '@stampede/local/engines/jaeger'
import { ROOT } from '@stampede/local/profile'
import { openSpanCollector } from './support/span-collector.ts'

// Not built here: that would take as long as all other tests together.
const file = builtJaeger()
const CONFIG = readFileSync(resolve(ROOT, 'infra/otel/collector.yaml'), 'utf8')
const ATTEMPT = { method: 'POST', route: '/api/sales/:saleId/orders', saleId: 's', tookMs: 1.5 }

/** What services write in a sale: refusals nearly all, few of kept traces, and what went wrong. */
function writeSale() {
  const { log, lines } = openHeardLog('debug')
  const access = new AccessLog(log, 'all')
  for (let i = 0; i < 5_000; i++) {
    const end = i % 50 === 0 ? { status: 201 } : { status: 409, outcome: 'sold_out' }
    access.tell({ ...ATTEMPT, traceId: newTraceId(i % 100 === 0), ...end })
  }
  for (let i = 0; i < 20; i++) {
    access.tell({ ...ATTEMPT, traceId: newTraceId(), status: 503, outcome: 'unavailable' })
    access.tell({ ...ATTEMPT, route: '/health/ready', traceId: newTraceId(true), status: 200 })
    log.debug({ i }, 'of no interest')
  }
  log.error({ alarm: 'oversoldUnits', value: 1, limit: 0 }, 'alarm')
  log.info({ alarm: 'oversoldUnits', value: 0, limit: 0 }, 'alarm over')
  log.error({ err: new Error('no'), traceId: newTraceId(), route: ATTEMPT.route }, 'request failed')
  log.warn({ err: new Error('away') }, 'gate did not answer')
  return lines()
}

const HIDDEN = 'must-not-leave'
/** As somebody writes who does not redact. */
const CARELESS: Line = {
  ...{ level: 'error', time: '2026-11-22T10:00:00.000Z', service: 'careless', msg: 'failed' },
  ...{
    Authorization: HIDDEN,
    cookie: HIDDEN,
    'set-cookie': HIDDEN,
    password: HIDDEN,
    email: HIDDEN,
    phone: HIDDEN,
  },
  ...{
    request: { headers: { authorization: HIDDEN, 'idempotency-key': HIDDEN } },
    accessToken: HIDDEN,
    kept: 1,
  },
}

interface Ending {
  readonly tookMs: number
  readonly outcome: string
  readonly code: number
}

/** A trace of one span, as OTLP in JSON has it. */
function toSpan({ tookMs, outcome, code }: Ending) {
  const startMs = Date.now() - tookMs
  const traceId = newTraceId(true)
  return {
    ...{ traceId, spanId: traceId.slice(16), name: 'gateway request', kind: 2, status: { code } },
    ...{ startTimeUnixNano: `${startMs}000000`, endTimeUnixNano: `${startMs + tookMs}000000` },
    attributes: [{ key: 'stampede.outcome', value: { stringValue: outcome } }],
  }
}

function toRequest(spans: readonly object[]): string {
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'gateway' } }] }
  return JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] })
}

const open = (to: string) => openCollector({ file: file as string, to, profile: 'test', block: 9 })

test('a line is kept by the same bit of its trace’s id as the trace', () => {
  const [, dropped] = CONFIG.match(/IsMatch\(trace_id\.string, "(.+)"\)/) ?? []
  assert.ok(dropped)
  for (const kept of [true, false]) {
    for (let i = 0; i < 100; i++) assert.equal(new RegExp(dropped).test(newTraceId(kept)), !kept)
  }
})

/** What was not tried is named, and not among what has passed. */
function testThrough(title: string, work: () => Promise<void>): void {
  if (file !== undefined) test(title, work)
  else process.stdout.write(`not run until \`npm run bench -- logs\` has built a collector: ${title}\n`)
}

testThrough('of a sale, nine tenths of the bytes stay here, and whatever matters is shipped', async () => {
  const lines = writeSale()
  const { records, bytesIn, bytesOut } = await sendThrough(lines, open)
  const isKept = ({ traceId }: Line) => /^[89a-f]/.test(String(traceId))
  const isAccess = ({ msg }: Line) => msg === 'request answered'
  const grave = lines.filter(({ level }) => level === 'warn' || level === 'error')
  const told = lines.filter(({ level, msg }) => level === 'info' && msg !== 'request answered')
  const sampled = lines.filter(
    (line) => line.level === 'info' && isAccess(line) && isKept(line) && line.route === ATTEMPT.route,
  )
  assert.deepEqual([grave.length, told.length, sampled.length], [23, 1, 50])
  const due = [...grave, ...told, ...sampled]
  assert.deepEqual(missingFrom(records, due), [])
  assert.equal(records.length, due.length)
  assert.ok(bytesOut < bytesIn / 10, `${bytesOut} of ${bytesIn} bytes`)
})

testThrough('what a careless sender writes is shipped without its secrets', async () => {
  const { records, texts } = await sendThrough([CARELESS], open)
  assert.equal(records.length, 1)
  const fields = records[0]?.attributes?.map(({ key }) => key).toSorted()
  assert.deepEqual(fields, ['kept', 'request.headers.idempotency-key'])
  assert.ok(texts.every((text) => !text.includes(HIDDEN)))
})

testThrough('of traces, those that failed, were slow or won are all shipped, of the rest some', async () => {
  const sink = await openSpanCollector()
  const collector = await open(sink.url)
  try {
    const refusal = { tookMs: 5, outcome: 'sold_out', code: 0 }
    const refused = Array.from({ length: 1_000 }, () => toSpan(refusal))
    const due = [{ code: 2 }, { tookMs: 1_500 }, { outcome: 'won' }].flatMap((each) =>
      Array.from({ length: 20 }, () => toSpan({ ...refusal, ...each })),
    )
    const headers = { 'content-type': 'application/json' }
    const body = toRequest([...refused, ...due])
    const sent = await fetch(`${collector.url}/v1/traces`, { method: 'POST', headers, body })
    assert.equal(sent.status, 200)
    const seen = () => new Set(sink.spans.map(({ traceId }) => traceId))
    const isThere = ({ traceId }: { traceId: string }) => seen().has(traceId)
    await until('those that matter', () => due.every(isThere))
    const some = await until('some of the rest', () => refused.filter(isThere).length)
    assert.ok(some < 300, `${some} of 1000`)
  } finally {
    await collector.close()
    sink.close()
  }
})
