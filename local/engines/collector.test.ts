import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { ROOT } from '../profile.ts'

// What can be known without a collector; tests/collector.test.ts sends through one where it has been built.
type Parts = Readonly<Record<string, unknown>>
type Pipeline = Readonly<Record<'receivers' | 'processors' | 'exporters', readonly string[]>>

interface Config {
  readonly receivers: Parts
  readonly processors: Parts
  readonly exporters?: Parts
  readonly connectors?: Parts
  readonly service: { readonly pipelines: Readonly<Record<string, Partial<Pipeline>>> }
}

const read = (file: string) => parse(readFileSync(resolve(ROOT, 'infra/otel', file), 'utf8')) as Config
const base = read('collector.yaml')
const contrib = read('collector-contrib.yaml')

/** As a collector lays one file over another: by name, and of two lists the later one stands. */
function layOver(lower: Config, upper: Config): Config {
  const merged = (kind: 'receivers' | 'processors' | 'exporters' | 'connectors') => ({
    ...{ ...lower[kind], ...upper[kind] },
  })
  const names = new Set([...Object.keys(lower.service.pipelines), ...Object.keys(upper.service.pipelines)])
  const pipelines = [...names].map((name) => [
    name,
    { ...lower.service.pipelines[name], ...upper.service.pipelines[name] },
  ])
  return {
    ...{ receivers: merged('receivers'), processors: merged('processors') },
    ...{ exporters: merged('exporters'), connectors: merged('connectors') },
    service: { pipelines: Object.fromEntries(pipelines) as Config['service']['pipelines'] },
  }
}

for (const [name, config] of [
  ['collector.yaml', base],
  ['collector.yaml with collector-contrib.yaml', layOver(base, contrib)],
] as const) {
  const pipelines = Object.entries(config.service.pipelines) as [string, Pipeline][]
  const connectors = Object.keys(config.connectors ?? {})

  test(`${name}: its pipelines are of the parts it has, and it has none for nothing`, () => {
    for (const kind of ['receivers', 'processors', 'exporters'] as const) {
      const used = new Set(pipelines.flatMap(([, pipeline]) => pipeline[kind]))
      const has = [...Object.keys(config[kind] ?? {}), ...(kind === 'processors' ? [] : connectors)]
      assert.deepEqual([...used].toSorted(), has.toSorted(), kind)
    }
  })

  test(`${name}: all is limited first, and redacted before it is shipped`, () => {
    const shipping = pipelines.filter(([, { exporters }]) => exporters.includes('otlphttp'))
    assert.deepEqual(shipping.map(([signal]) => signal).toSorted(), ['logs', 'metrics', 'traces'])
    for (const [signal, { processors }] of pipelines) assert.equal(processors[0], 'memory_limiter', signal)
    for (const [signal, { processors }] of shipping) {
      assert.equal(processors.at(-1), 'batch', signal)
      // No attribute of a metric holds what somebody wrote.
      assert.equal(processors.includes('attributes/redact'), signal !== 'metrics', signal)
    }
  })
}

test('fields that are taken out are known by their names, wherever they lie', () => {
  const { actions } = base.processors['attributes/redact'] as {
    actions: readonly { pattern: string; action: string }[]
  }
  const actionFor = (field: string) =>
    actions.find(({ pattern }) => new RegExp(pattern.replace('(?i)', ''), 'i').test(field))?.action
  for (const field of ['Authorization', 'request.headers.cookie', 'set-cookie', 'password', 'accessToken']) {
    assert.equal(actionFor(field), 'delete', field)
  }
  for (const field of ['x-trace-key', 'refresh_token', 'buyer.email', 'phone']) {
    assert.equal(actionFor(field), 'delete', field)
  }
  assert.equal(actionFor('request.headers.idempotency-key'), 'hash')
  for (const field of ['route', 'stampede.order.id', 'tokens', 'phoned'])
    assert.equal(actionFor(field), undefined)
})
