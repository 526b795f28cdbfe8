import assert from 'node:assert/strict'
import { hostname } from 'node:os'
import { after, test } from 'node:test'
import { METRICS, type MetricName, type MetricRow } from '@stampede/contracts/metrics'
import { SERVICE_NAMES } from '@stampede/contracts/telemetry'
import { until } from '@stampede/kit/testing/until'
import { spanIdOf } from '@stampede/kit/tracing/span-id'
import { buy } from './support/attempts.ts'
import { openHouse } from './support/house.ts'
import { openMetricCollector, type SeenPoint } from './support/metric-collector.ts'

const EVERY_MS = '1000'
const ROUTE = '/api/sales/:saleId/orders'

const collector = await openMetricCollector()
after(() => collector.close())
const often = { OTEL_METRIC_EXPORT_INTERVAL: EVERY_MS }
const house = await openHouse({
  block: 6,
  telemetryUrl: collector.url,
  env: {
    ...Object.fromEntries(SERVICE_NAMES.map((name) => [name, often])),
    gateway: { ...often, TRACE_RATIO: '1', TRACES_PER_SECOND_MAX: '1000' },
  },
})
const buyers = await house.operator.hireBuyers(4)

type Wanted = Readonly<Record<string, unknown>>

/** The points of a metric that have these attributes, and come from this service. */
function find(name: MetricName, wanted: Wanted = {}, service?: string): SeenPoint[] {
  const fits = ({ attributes }: SeenPoint) =>
    Object.entries(wanted).every(([key, value]) => attributes[key] === value)
  return collector.of(name).filter((point) => fits(point) && (!service || point.service === service))
}

const total = (points: readonly SeenPoint[]) => points.reduce((sum, { value }) => sum + value, 0)

const { saleId } = await house.openSale({ units: 3, limitPerUser: 1 })
/** What each attempt was told, in order: `won`, or the code of the refusal. */
const told: (string | undefined)[] = []
for (const [i, buyer] of buyers.entries()) {
  const { status, code } = await buy(house, { saleId, buyer, key: `k${i}`, quantity: 1 })
  told.push(status === 201 ? 'won' : code)
}

/** An attempt without a token: only the sold-out flag refuses it before that is looked at. */
async function knock(): Promise<string | undefined> {
  const answer = await fetch(`${house.url}/api/sales/${saleId}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': 'late' },
    body: JSON.stringify({ quantity: 1 }),
    signal: AbortSignal.timeout(10_000),
  })
  const { code } = (await answer.json()) as { code: string }
  told.push(code)
  return code
}
await until('the flag', async () => (await knock()) === 'sold_out')
for (let i = 0; i < 5; i++) await knock()

test('each attempt is counted by its outcome and as a request of its route, whoever refused it', async () => {
  assert.deepEqual(told.slice(0, 4), ['won', 'won', 'won', 'sold_out'])
  assert.ok(told.filter((each) => each === 'sold_out').length >= 6)
  await until('all attempts', async () => total(find('stampede.purchase.attempts')) >= told.length)
  for (const [outcome, same] of Map.groupBy(told, (each) => each)) {
    const counted = total(find('stampede.purchase.attempts', { 'stampede.outcome': outcome }))
    assert.equal(counted, same.length, outcome)
  }
  const requests = find('http.server.request.duration', {
    'http.request.method': 'POST',
    'http.route': ROUTE,
  })
  assert.equal(total(requests), told.length)
  const won = requests.filter(({ attributes }) => attributes['http.response.status_code'] === 201)
  assert.equal(total(won), 3)
  for (const { sum } of requests) assert.ok(sum && sum > 0 && sum < 60)
})

test('each hop of a purchase tells how long it took, and for how many', async () => {
  const hops = ['gateway send', 'order place', 'inventory gate', 'inventory ledger', 'order rows'] as const
  for (const hop of hops) {
    const wanted = { 'stampede.hop': hop }
    const batches = () => find('stampede.hop.batch.size', wanted)[0]
    await until(hop, async () => (batches()?.sum ?? 0) >= 3)
    const [service] = hop.split(' ')
    assert.equal(batches()?.service, service)
    const fine = find('stampede.hop.duration', { ...wanted, 'error.type': undefined })
    assert.equal(total(fine), batches()?.value)
  }
  await until('what was told was heard', async () => {
    const told = find('stampede.hop.batch.size', { 'stampede.hop': 'send order.placed' })
    const heard = find('stampede.hop.batch.size', { 'stampede.hop': 'process stock.reserved by order' })
    return told[0]?.sum === 3 && (heard[0]?.sum ?? 0) >= 3
  })
})

test('a value of a kept purchase leads to its trace', async () => {
  const exemplars = () => {
    const points = find('stampede.hop.duration', { 'stampede.hop': 'order rows' })
    return points.flatMap((point) => point.exemplars)
  }
  await until('an example', async () => {
    const [buyer] = await house.operator.hireBuyers(1)
    const sale = await house.openSale({ units: 1 })
    assert.ok(buyer)
    await buy(house, { saleId: sale.saleId, buyer, key: 'x', quantity: 1 })
    await new Promise((later) => setTimeout(later, Number(EVERY_MS)))
    return exemplars().length > 0
  })
  const [example] = exemplars()
  assert.equal(example?.spanId, spanIdOf(example?.traceId as string, 'order rows'))
})

test('the books are told as they are', async () => {
  const audit = await house.audit(saleId)
  assert.deepEqual([audit.available, audit.reserved], [0, 3])
  const held = () => Math.max(...find('stampede.stock.held').map(({ value }) => value))
  await until('units held', async () => held() >= 3)
  const faults = ['stampede.stock.oversold', 'stampede.sale.broken', 'stampede.order.broken'] as const
  for (const name of faults) {
    const points = find(name)
    assert.ok(points.length > 0, name)
    assert.equal(total(points), 0, name)
  }
  assert.equal(total(find('stampede.watch.alarm')), 0)
})

test('what the watch measures is among the metrics, and nothing that is not in the table', async () => {
  const answer = await fetch(`${house.url}/api/operator/watch`, {
    headers: { authorization: `Bearer ${house.operatorToken}` },
  })
  const { measures } = (await answer.json()) as { measures: { name: string }[] }
  assert.ok(measures.length > 10)
  const rows = Object.entries<MetricRow>(METRICS)
  const shown = new Map(rows.map(([name, { measure }]) => [measure, name]))
  for (const { name } of measures) {
    const [service, measure = ''] = name.split('.')
    const metric = shown.get(measure) as MetricName | undefined
    assert.ok(metric, name)
    await until(name, async () => find(metric, {}, service).length > 0)
  }
  assert.deepEqual(
    [...collector.names].filter((name) => !(name in METRICS)),
    [],
  )
})

test('a process is known by machine and port, so the next one there goes on with its lines', async () => {
  for (const service of SERVICE_NAMES) {
    await until(service, async () => find('process.memory.usage', {}, service).length > 0)
    const [first, ...more] = find('process.memory.usage', {}, service)
    assert.equal(first?.instance, `${hostname()}:${new URL(house.system.url(service)).port}`)
    assert.deepEqual(more, [])
  }
})

test('of each queue it is told how many jobs wait, those that are for later too', async () => {
  const named = (name: string) => find('stampede.job.waiting', { 'messaging.destination.name': name })
  const ofFunctions = ['grant-coupon', 'add-points', 'send-notification']
  for (const name of [...ofFunctions, 'place-order', 'expire-order']) {
    await until(name, async () => named(name).length === 1)
  }
  // The three that were bought expire in an hour: a wake-up for each second in which they do.
  await until('a wake-up', async () => total(named('expire-order')) > 0)
})

test('no attribute holds an id: neither whose it was nor of which sale', async () => {
  const all = [...collector.names].flatMap((name) => collector.of(name))
  assert.ok(all.length > 100)
  for (const { attributes } of all) assert.doesNotMatch(JSON.stringify(attributes), /[0-9a-f]{8}-[0-9a-f]{4}/)
})

test('each process tells of its connections, its event loop and its memory', async () => {
  for (const service of SERVICE_NAMES) {
    await until(service, async () => find('nodejs.eventloop.delay.p99', {}, service).length > 0)
    assert.ok(total(find('process.memory.usage', {}, service)) > 1e7, service)
    assert.ok(total(find('process.cpu.time', {}, service)) > 0, service)
  }
  const pool = { 'db.client.connection.pool.name': 'inventory' }
  assert.ok(total(find('db.client.connection.count', pool)) > 0)
  assert.ok(total(find('db.client.connection.wait_time', pool)) > 0)
})
