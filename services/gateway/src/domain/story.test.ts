import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ServiceStory, Step, StepName, StoryService } from '@stampede/contracts/story'
import { type HopSpan, tellStory } from './story.ts'

const BEGIN = Date.parse('2026-11-27T18:00:00.000Z')
const at = (ms: number) => new Date(BEGIN + ms).toISOString()
const step = (what: StepName, from: number, more: Partial<Step> & { to?: number } = {}): Step => {
  const { to, ...rest } = more
  return { what, at: at(from), ...(to !== undefined && { until: at(to) }), ...rest }
}

type Parts = Partial<Record<StoryService, readonly Step[]>>
function tell(parts: Parts, spans: readonly HopSpan[] = []) {
  const books = Object.entries(parts).map(([name, steps]): [StoryService, ServiceStory] => [
    name as StoryService,
    { steps: [...steps] },
  ])
  return tellStory(new Map(books), spans)
}
const words = (parts: Parts, spans: readonly HopSpan[] = []) =>
  tell(parts, spans).steps.map((each) => each.words)

const PAID: Parts = {
  functions: [
    step('process order.paid by functions', 20_100),
    step('run coupon for order.paid', 20_100, { to: 20_310, tries: 2 }),
    step('run notification for order.paid', 20_100, { open: true }),
  ],
  payment: [
    step('process payment.requested by payment', 18_080),
    step('payment charge', 18_080, { to: 19_280 }),
    step('send payment.settled', 19_280, { to: 19_330 }),
  ],
  order: [
    step('order rows', 6),
    step('send order.placed', 6, { to: 58 }),
    step('buyer pays', 18_000),
    step('send payment.requested', 18_000, { to: 18_040 }),
    step('process payment.settled by order-payments', 20_000),
    step('send order.paid', 20_000, { to: 20_051 }),
  ],
  inventory: [
    step('inventory ledger', 0),
    step('send stock.reserved', 0, { to: 52 }),
    step('process order.paid by inventory', 20_090),
  ],
}

test('the parts of all services are one story, in the order of time, each with its length in words', () => {
  const { steps } = tell(PAID)
  assert.deepEqual(
    steps.map((each) => `${each.service}: ${each.words}`),
    [
      'inventory: reserved',
      'inventory: stock.reserved told to Kafka for the order service 52 ms later',
      'order: order written 6 ms after it was reserved',
      'order: order.placed told to Kafka 52 ms later',
      'order: payment asked for 18 s after the order was written',
      'order: payment.requested told to Kafka for payment 40 ms later',
      'payment: payment noted 40 ms after Kafka was told payment.requested',
      'payment: charged 1.2 s later',
      'payment: payment.settled told to Kafka for the order service 50 ms later',
      'order: paid 2 s after the payment was asked for',
      'order: order.paid told to Kafka for inventory and functions 51 ms later',
      'inventory: units sold 90 ms after it was paid',
      'functions: functions called 100 ms after it was paid',
      'functions: coupon granted 310 ms after it was paid, at try 2',
      'functions: notification waits for the others',
    ],
  )
})

test('long times in which nothing begins or ends are pauses, and say so', () => {
  const { pauses } = tell(PAID)
  assert.deepEqual(pauses, [{ at: at(58), until: at(18_000), words: '17.9 s pass in which nothing happens' }])
  const outage = tell({ order: [step('send order.placed', 0, { to: 90_000 })] })
  assert.deepEqual(
    outage.pauses.map((each) => each.words),
    ['1 min 30 s pass without a change'],
  )
  assert.deepEqual(tell({ inventory: [step('inventory ledger', 0)] }).pauses, [])
  assert.deepEqual(tell({}), { steps: [], pauses: [] })
})

test('nothing comes before what it follows, though the clock of its service is behind', () => {
  const told = tell({
    order: [
      step('process payment.settled by order-payments', 1_000),
      step('send order.paid', 1_000, { to: 1_030 }),
    ],
    inventory: [step('process order.paid by inventory', 400)],
  })
  assert.deepEqual(
    told.steps.map((each) => [each.what, each.at]),
    [
      ['process payment.settled by order-payments', at(1_000)],
      ['send order.paid', at(1_000)],
      ['process order.paid by inventory', at(400)],
    ],
  )
  assert.equal(told.steps[2]?.words, 'units sold less than 1 ms after it was paid')
})

test('a second try to pay is told by the second, not by the first', () => {
  const order = [
    step('order rows', 0),
    step('buyer pays', 1_000),
    step('process payment.failed by order-payments', 1_400),
    step('buyer pays', 9_000),
    step('process payment.settled by order-payments', 9_250),
  ]
  assert.deepEqual(words({ order }).slice(1), [
    'payment asked for 1 s after the order was written',
    'failure noted 400 ms after the payment was asked for',
    'payment asked for 9 s after the order was written',
    'paid 250 ms after the payment was asked for',
  ])
})

test('what failed says so, why, how often, and whether it was put right', () => {
  const failed = { failed: true } as const
  const parts: Parts = {
    order: [step('process payment.settled by order-payments', 0)],
    payment: [step('payment charge', 100, { to: 400, ...failed, reason: 'declined', tries: 3 })],
    functions: [step('run coupon for order.paid', 500, { to: 3_500, ...failed, tries: 5 })],
    inventory: [
      step('process order.paid by inventory', 4_000, { ...failed, replayedAt: at(64_000) }),
      step('wait in queue', 5_000, { to: 5_100, ...failed, reason: 'sold_out' }),
    ],
  }
  assert.deepEqual(words(parts).slice(1), [
    'payment failed 300 ms later: the provider declined it, tried 3 times',
    'coupon was given up 3.5 s after it was paid, tried 5 times',
    'inventory could not follow 4 s after it was paid, replayed 1 min later',
    'joined the queue and was refused 100 ms later: all were sold',
  ])
})

test('with the service away that others are told by, the next best is taken, or the time a step took', () => {
  const { payment = [], functions = [], inventory = [] } = PAID
  assert.deepEqual(words({ payment }), [
    'payment noted',
    'charged 1.2 s later',
    'payment.settled told to Kafka for the order service 50 ms later',
  ])
  assert.equal(words({ functions })[1], 'coupon granted 210 ms later, at try 2')
  assert.equal(words({ inventory }).at(-1), 'units sold')
})

test('of a kept trace come the hops that no book knows, and how long was worked on the others', () => {
  const span = (hop: HopSpan['hop'], from: number, to: number): HopSpan => ({
    ...{ hop, startMs: BEGIN + from, endMs: BEGIN + to, failed: false },
    service: hop.startsWith('gateway') ? 'gateway' : 'inventory',
  })
  const spans = [
    span('inventory ledger', 0, 2.5),
    span('gateway request', -4, 12),
    span('inventory gate', -2, -1),
  ]
  const { steps } = tell({ inventory: [step('inventory ledger', 0)] }, spans)
  assert.deepEqual(
    steps.map(({ words: said, traced, workMs }) => [said, traced, workMs]),
    [
      ['buyer answered in 16 ms', true, 16],
      ['let through the gate in 1 ms', true, 1],
      ['reserved 4 ms after the buyer asked', undefined, 2.5],
    ],
  )
})

test('of two payments each has the work of its own spans, and what only the trace knows stands there twice', () => {
  const span = (hop: HopSpan['hop'], startMs: number, endMs: number): HopSpan => ({
    ...{ hop, service: 'payment', failed: false },
    ...{ startMs: BEGIN + startMs, endMs: BEGIN + endMs },
  })
  const payment = [
    step('payment charge', 1_000, { to: 1_300, failed: true, reason: 'declined' }),
    step('send payment.failed', 1_296, { to: 1_350 }),
    step('payment charge', 9_000, { to: 9_400 }),
  ]
  const { steps } = tell({ payment }, [
    span('payment charge', 9_010, 9_110),
    span('payment settle', 9_390, 9_395),
    span('payment charge', 1_020, 1_050),
    span('payment settle', 1_290, 1_296),
    // Of neither: long after both.
    span('payment charge', 20_000, 20_007),
  ])
  assert.deepEqual(
    steps.map(({ what, workMs }) => [what, workMs]),
    [
      ['payment charge', 30],
      ['payment settle', 6],
      ['send payment.failed', undefined],
      ['payment charge', 100],
      ['payment settle', 5],
    ],
  )
})

test('a span is of the step it is nearest to, though clocks differ, and of one that has no end yet', () => {
  const charge = (from: number, to: number): HopSpan => ({
    ...{ hop: 'payment charge', service: 'payment', failed: false },
    ...{ startMs: BEGIN + from, endMs: BEGIN + to },
  })
  const workOf = (steps: readonly Step[], span: HopSpan) =>
    tell({ payment: steps }, [span]).steps.map(({ workMs }) => workMs)
  const ended = [step('payment charge', 0, { to: 700 }), step('payment charge', 2_000, { to: 2_400 })]
  assert.deepEqual(workOf(ended, charge(1_500, 1_510)), [undefined, 10])
  const [first] = ended as [Step]
  const open = [first, step('payment charge', 2_000, { open: true })]
  assert.deepEqual(workOf(open, charge(60_000, 60_010)), [undefined, 10])
})
