import type { MetricName, MetricOf } from '@stampede/contracts/metrics'
import { frequency, greatest, growth, JOB, lines, quantile, total, volume } from '../promql.ts'
import type { Dashboard, Panel, Row } from './dashboard.ts'

const REQUESTS = 'http.server.request.duration'
const HOPS = 'stampede.hop.duration'
const SIZES = 'stampede.hop.batch.size'
const HOP = 'stampede.hop'
const BATCH = 'stampede.batch'
const QUEUE = 'messaging.destination.name'
const POOL = 'db.client.connection.pool.name'
const POOLED = '{{db_client_connection_pool_name}}'

/** Where the time goes, what waits, and what is full. */
export const MACHINE_ROOM: Dashboard = {
  uid: 'stampede-machine-room',
  title: 'Stampede: the machine room',
  rows: [routes(), hops(), queues(), connections(), processes()],
}

function routes(): Row {
  const by = [JOB, 'http.route']
  const legend = '{{job}} {{http_route}}'
  const failing = { 'http.response.status_code': /5../ }
  return {
    title: 'Requests: rate, errors, duration',
    panels: [
      panel('Requests', 'Answered per second, by route.', 'reqps', [
        { expr: frequency(REQUESTS, { by }), legend },
      ]),
      panel('Errors', 'Answered with 5xx per second.', 'reqps', [
        {
          expr: frequency(REQUESTS, { by: [...by, 'http.response.status_code'], labels: failing }),
          legend: `${legend} {{http_response_status_code}}`,
        },
      ]),
      panel('Duration, p99', 'The dots lead to traces.', 's', [
        { expr: quantile(0.99, REQUESTS, { by }), legend },
      ]),
    ],
  }
}

function hops(): Row {
  const legend = '{{stampede_hop}}'
  const failing = { 'error.type': /.+/ }
  return {
    title: 'Hops of a purchase: rate, errors, duration, batches',
    panels: [
      panel('Items', 'Claims, rows and events that went through a hop per second.', 'reqps', [
        { expr: volume(SIZES, { by: [HOP] }), legend },
      ]),
      panel('Failed batches', 'By what they failed of; they are tried again where nobody waits.', 'reqps', [
        {
          expr: frequency(HOPS, { by: [HOP, 'error.type'], labels: failing }),
          legend: `${legend}: {{error_type}}`,
        },
      ]),
      panel('Duration, p99', 'Of a whole batch. The dots lead to traces.', 's', [
        { expr: quantile(0.99, HOPS, { by: [HOP] }), legend },
      ]),
      panel('Batch size', 'The mean. Load itself forms the batches: large ones are cheap.', 'short', [
        { expr: `${volume(SIZES, { by: [HOP] })} / ${frequency(SIZES, { by: [HOP] })}`, legend },
      ]),
      panel('Waiting for company, p99', 'How long the first of a batch waited before it left.', 's', [
        {
          expr: quantile(0.99, 'stampede.batch.wait.duration', { by: [JOB, BATCH] }),
          legend: '{{job}} {{stampede_batch}}',
        },
      ]),
      panel('Turned away', 'The queue was full, or the time over before the batch left.', 'reqps', [
        {
          expr: growth('stampede.batch.refused', { by: [JOB, BATCH, 'stampede.reason'] }),
          legend: '{{job}} {{stampede_batch}}: {{stampede_reason}}',
        },
      ]),
    ],
  }
}

function queues(): Row {
  return {
    title: 'What waits',
    panels: [
      panel('Outbox', 'How long the oldest event has waited to be told.', 's', [
        { expr: greatest('stampede.outbox.oldest', { by: [JOB] }), legend: '{{job}}' },
      ]),
      panel('Consumers', 'Events that wait, by group, some seconds old.', 'short', [
        {
          expr: greatest('stampede.consumer.lag', { by: ['messaging.consumer.group.name'] }),
          legend: '{{messaging_consumer_group_name}}',
        },
      ]),
      panel('Queues', 'Items in front of batches, and jobs in the queues of BullMQ.', 'short', [
        {
          expr: total('stampede.batch.waiting', { by: [JOB, BATCH] }),
          legend: '{{job}} {{stampede_batch}}',
        },
        {
          expr: greatest('stampede.job.waiting', { by: [QUEUE] }),
          legend: '{{messaging_destination_name}}',
        },
      ]),
    ],
  }
}

function connections(): Row {
  return {
    title: 'Connections to Postgres',
    panels: [
      panel('Waiting for one, p99', 'Above a few ms the pool is too small, or Postgres too slow.', 's', [
        { expr: quantile(0.99, 'db.client.connection.wait_time', { by: [POOL] }), legend: POOLED },
      ]),
      panel('In use', 'And the most there may be.', 'short', [
        {
          expr: total('db.client.connection.count', {
            by: [POOL],
            labels: { 'db.client.connection.state': 'used' },
          }),
          legend: POOLED,
        },
        { expr: total('db.client.connection.max', { by: [POOL] }), legend: `${POOLED}, most` },
      ]),
      panel('Who waits', 'For a connection, now.', 'short', [
        { expr: total('db.client.connection.pending_requests', { by: [POOL] }), legend: POOLED },
      ]),
    ],
  }
}

function processes(): Row {
  const each = '{{job}} {{instance}}'
  const worst = (name: MetricName) => greatest(name, { by: [JOB] })
  const cpu: MetricOf<'counter'> = 'process.cpu.time'
  return {
    title: 'Processes',
    panels: [
      panel('Event loop delay', 'Of the slowest process of each service: p99 and the worst.', 's', [
        { expr: worst('nodejs.eventloop.delay.p99'), legend: '{{job}} p99' },
        { expr: worst('nodejs.eventloop.delay.max'), legend: '{{job}} worst' },
        { expr: worst('nodejs.eventloop.delay.p50'), legend: '{{job}} median' },
      ]),
      panel(
        'Event loop, busy',
        'At 100 % a process has no time left, however many cores there are.',
        'percentunit',
        [{ expr: lines('nodejs.eventloop.utilization'), legend: each }],
      ),
      panel('CPU', 'Cores in use.', 'short', [
        { expr: growth(cpu, { by: [JOB, 'instance', 'cpu.mode'] }), legend: `${each} {{cpu_mode}}` },
      ]),
      panel('Memory', 'In RAM.', 'bytes', [{ expr: lines('process.memory.usage'), legend: each }]),
      panel('Nobody looked', 'For how long some of the books could not be looked at.', 's', [
        { expr: greatest('stampede.watch.unseen', { by: [JOB] }), legend: '{{job}}' },
      ]),
    ],
  }
}

/** Title, what to make of it, unit and lines: the form of nearly all of them. */
// biome-ignore lint/complexity/useMaxParams: a table's columns
function panel(title: string, tells: string, unit: Panel['unit'], queries: Panel['queries']): Panel {
  return { title, tells, unit, queries }
}
