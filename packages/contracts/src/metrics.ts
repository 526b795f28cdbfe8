/** How a metric behaves, in OpenTelemetry's words. A gauge is looked at; the others are added up. */
export type Instrument = 'counter' | 'updowncounter' | 'gauge' | 'histogram'

export interface MetricRow {
  readonly instrument: Instrument
  /** UCUM; in braces what is counted. */
  readonly unit: string
  readonly tells: string
  /** In the order in which values are given. Of each there are few: never an id, never who somebody is. */
  readonly attributes?: readonly string[]
  /** Of a histogram: upper ends of its buckets. */
  readonly bounds?: readonly number[]
  /** The measure of a service's watch that it shows; one named `…Ms` is shown in seconds. */
  readonly measure?: string
}

/** A measure as it is now. */
function shown<U extends string, M extends string>(unit: U, measure: M, tells: string) {
  return { instrument: 'gauge', unit, measure, tells } as const
}

/** A measure that only grows. */
function counted<U extends string, M extends string>(unit: U, measure: M, tells: string) {
  return { instrument: 'counter', unit, measure, tells } as const
}

/** Those that OpenTelemetry advises for requests. */
const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
/** From a script call to a consumer's transaction that waits for a lock. */
const HOP_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const BATCH_SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]

/**
 * Every metric there is. Where OpenTelemetry's semantic conventions have a name it is that one; ours begin
 * with `stampede.`. The process is told by the resource (`service.name`, `service.instance.id`), so no name
 * and no attribute repeats it. docs/metrics.md is made of this table.
 */
export const METRICS = {
  // Requests and hops: rate, errors, duration.
  'http.server.request.duration': {
    ...{ instrument: 'histogram', unit: 's', bounds: REQUEST_SECONDS },
    tells: 'how long requests took that were answered; without a route: none was met',
    attributes: ['http.request.method', 'http.route', 'http.response.status_code'],
  },
  'stampede.hop.duration': {
    ...{ instrument: 'histogram', unit: 's', bounds: HOP_SECONDS },
    tells: 'how long a hop took for one batch; with `error.type`: it failed',
    attributes: ['stampede.hop', 'error.type'],
  },
  'stampede.hop.batch.size': {
    ...{ instrument: 'histogram', unit: '{item}', bounds: BATCH_SIZES },
    tells: 'how many went through a hop together: not what failed, nor orders that were there already',
    attributes: ['stampede.hop'],
  },
  'stampede.batch.wait.duration': {
    ...{ instrument: 'histogram', unit: 's', bounds: HOP_SECONDS },
    tells: 'how long the first of a batch waited before the batch left',
    attributes: ['stampede.batch'],
  },
  'stampede.batch.waiting': {
    ...{ instrument: 'gauge', unit: '{item}', attributes: ['stampede.batch'] },
    tells: 'items that wait for a batch to leave',
  },
  'stampede.batch.refused': {
    ...{ instrument: 'counter', unit: '{item}', attributes: ['stampede.batch', 'stampede.reason'] },
    tells: 'items turned away: the queue was full, or their time was over before they left',
  },

  // The sale.
  'stampede.purchase.attempts': {
    ...{ instrument: 'counter', unit: '{attempt}', attributes: ['stampede.outcome'] },
    tells: 'attempts to buy: `won`, `queued`, `abandoned` before the answer, or why refused; repeats count',
  },
  'stampede.stock.available': shown('{unit}', 'availableUnits', 'units of current sales the ledger can sell'),
  'stampede.stock.held': shown('{unit}', 'heldUnits', 'units held for orders that are not yet paid'),
  'stampede.stock.sold': shown('{unit}', 'soldUnits', 'units sold in all current sales'),

  // The books of stock: all of these are to be 0.
  'stampede.stock.oversold': shown('{unit}', 'oversoldUnits', 'units held or sold beyond what there was'),
  'stampede.stock.undersold': shown(
    '{unit}',
    'undersoldUnits',
    'units the ledger has and the gate does not offer',
  ),
  'stampede.stock.drift': shown('{unit}', 'driftUnits', 'units by which gates and ledger differ at rest'),
  'stampede.stock.miscounted': shown('{unit}', 'miscountedUnits', 'units by which counters and rows differ'),
  'stampede.stock.stuck': shown('{unit}', 'stuckUnits', 'units held long after their orders must have ended'),
  'stampede.sale.broken': shown('{sale}', 'brokenSales', 'sales whose units are not available, held or sold'),
  'stampede.claim.orphan': shown('{claim}', 'orphanClaims', 'claims that took units and that nobody settled'),

  // The gate, and what the reconciler mended.
  'stampede.gate.shut': shown('s', 'gateShutMs', 'for how long the gate of some sale has been shut'),
  'stampede.gate.rebuilt': counted('{view}', 'rebuiltViews', 'views of the gate loaded anew, being in doubt'),
  'stampede.claim.confirmed': counted(
    '{claim}',
    'confirmedClaims',
    'overdue claims the ledger had after all',
  ),
  'stampede.claim.voided': counted('{claim}', 'voidedClaims', 'overdue claims the ledger will never have'),
  'stampede.stock.freed': counted('{unit}', 'freedUnits', 'units given back to the gate from voided claims'),

  // The books of orders, money and functions: all of these are to be 0.
  'stampede.order.overdue': shown(
    '{order}',
    'overdueOrders',
    'orders pending a minute after they should not be',
  ),
  'stampede.order.untold': shown(
    '{change}',
    'untoldChanges',
    'changes of the last minute without their event',
  ),
  'stampede.order.broken': shown('{order}', 'brokenHistories', 'orders that lack a step of their history'),
  'stampede.payment.late': shown(
    '{payment}',
    'latePayments',
    'payments that came after the end and nobody decided about',
  ),
  'stampede.payment.unreturned': shown(
    '{payment}',
    'unreturnedPayments',
    'payments that are to go back and did not',
  ),
  'stampede.payment.unanswered': shown(
    '{payment}',
    'unansweredPayments',
    'payments that were asked for and nothing was heard of',
  ),
  'stampede.payment.misplaced': shown(
    '{payment}',
    'misplacedPayments',
    'settled payments whose order says that another one paid it',
  ),
  'stampede.payment.overdue': shown(
    '{payment}',
    'overduePayments',
    'payments the provider should have ended a minute ago',
  ),
  'stampede.refund.overdue': shown(
    '{refund}',
    'overdueRefunds',
    'refunds the provider should have made a minute ago',
  ),
  'stampede.call.overdue': shown(
    '{call}',
    'overdueCalls',
    'calls of functions due half a minute ago that nobody took',
  ),

  // Messages and jobs.
  'stampede.outbox.oldest': shown(
    's',
    'outboxOldestMs',
    'how long the oldest event in the outbox has waited to be told',
  ),
  'stampede.consumer.lag': {
    ...{ instrument: 'gauge', unit: '{event}', attributes: ['messaging.consumer.group.name'] },
    tells: 'events that wait for a group, some seconds old; each of its processes tells the same',
  },
  'stampede.letter.dead': shown(
    '{letter}',
    'deadLetters',
    'messages put aside that nobody has replayed, counted up to 1,000',
  ),
  'stampede.job.waiting': {
    ...{ instrument: 'gauge', unit: '{job}', attributes: ['messaging.destination.name'] },
    tells: 'jobs that wait, now or for later; of `expire-order` one for each second in which orders fall due',
  },

  // The watch itself.
  'stampede.watch.unseen': shown('s', 'unseenMs', 'for how long nobody could look at some of the books'),
  'stampede.watch.alarm': {
    ...{ instrument: 'gauge', unit: '{alarm}', attributes: ['stampede.measure'] },
    tells: 'one for each measure that has been beyond its limit for too long',
  },

  // The machine room.
  'db.client.connection.count': {
    ...{ instrument: 'updowncounter', unit: '{connection}' },
    tells: 'connections to Postgres',
    attributes: ['db.client.connection.pool.name', 'db.client.connection.state'],
  },
  'db.client.connection.max': {
    ...{ instrument: 'updowncounter', unit: '{connection}' },
    tells: 'the most there may be',
    attributes: ['db.client.connection.pool.name'],
  },
  'db.client.connection.pending_requests': {
    ...{ instrument: 'updowncounter', unit: '{request}' },
    tells: 'who waits for a connection now',
    attributes: ['db.client.connection.pool.name'],
  },
  'db.client.connection.wait_time': {
    ...{ instrument: 'histogram', unit: 's', bounds: HOP_SECONDS },
    tells: 'how long it took to be given a connection',
    attributes: ['db.client.connection.pool.name'],
  },
  'nodejs.eventloop.delay.p50': {
    ...{ instrument: 'gauge', unit: 's' },
    tells: 'by how much the event loop was late, median since the last look',
  },
  'nodejs.eventloop.delay.p99': {
    ...{ instrument: 'gauge', unit: 's' },
    tells: 'the same, 99th percentile',
  },
  'nodejs.eventloop.delay.max': {
    ...{ instrument: 'gauge', unit: 's' },
    tells: 'the same, the worst',
  },
  'nodejs.eventloop.utilization': {
    ...{ instrument: 'gauge', unit: '1' },
    tells: 'the share of the time in which the event loop had work, since the last look',
  },
  'process.cpu.time': {
    ...{ instrument: 'counter', unit: 's', attributes: ['cpu.mode'] },
    tells: 'CPU time of the process',
  },
  'process.memory.usage': {
    ...{ instrument: 'updowncounter', unit: 'By' },
    tells: 'memory of the process that is in RAM',
  },
} as const satisfies Record<string, MetricRow>

export type MetricName = keyof typeof METRICS

/** Metrics of one kind of instrument. */
export type MetricOf<I extends Instrument> = {
  [Name in MetricName]: (typeof METRICS)[Name]['instrument'] extends I ? Name : never
}[MetricName]
