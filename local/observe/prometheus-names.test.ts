import assert from 'node:assert/strict'
import { test } from 'node:test'
import { METRICS, type MetricRow } from '@stampede/contracts/metrics'
import { allPrometheusNames, labelName, prometheusName } from './prometheus-names.ts'

/** Cases of the translator that collector and Prometheus share, as far as they concern our units. */
const TRANSLATED: [name: string, row: Pick<MetricRow, 'unit' | 'instrument'>, expected: string][] = [
  [
    'http.server.request.duration',
    { unit: 's', instrument: 'histogram' },
    'http_server_request_duration_seconds',
  ],
  ['process.cpu.time', { unit: 's', instrument: 'counter' }, 'process_cpu_time_seconds_total'],
  ['process.memory.usage', { unit: 'By', instrument: 'updowncounter' }, 'process_memory_usage_bytes'],
  ['active.time.seconds', { unit: 's', instrument: 'counter' }, 'active_time_seconds_total'],
  ['requests.total', { unit: '{request}', instrument: 'counter' }, 'requests_total'],
  ['total.requests', { unit: '{request}', instrument: 'counter' }, 'requests_total'],
  ['cpu.utilization', { unit: '1', instrument: 'gauge' }, 'cpu_utilization_ratio'],
  ['cpu.ratio.now', { unit: '1', instrument: 'gauge' }, 'cpu_now_ratio'],
  ['errors', { unit: '1', instrument: 'counter' }, 'errors_total'],
  ['queue.depth', { unit: '{job}', instrument: 'gauge' }, 'queue_depth'],
  ['a__b..c-d', { unit: '{job}', instrument: 'gauge' }, 'a_b_c_d'],
]

test('a metric is called in Prometheus as the translator calls it', () => {
  for (const [name, row, expected] of TRANSLATED) assert.equal(prometheusName(name, row), expected)
  assert.throws(() => prometheusName('x', { unit: 'furlong', instrument: 'gauge' }), /furlong/)
  assert.equal(labelName('http.response.status_code'), 'http_response_status_code')
})

test('no two metrics have one name there, and none needs an escape', () => {
  const names = allPrometheusNames()
  const histograms = Object.values(METRICS).filter(({ instrument }) => instrument === 'histogram').length
  assert.equal(names.size, Object.keys(METRICS).length + 2 * histograms)
  for (const name of names.keys()) assert.match(name, /^[a-z][a-z0-9_]*$/)
})
