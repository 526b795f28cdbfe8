import type { MetricName } from '@stampede/contracts/metrics'
import { PURCHASES, undecided } from '../objective.ts'
import { frequency, greatest, growth, JOB, quantile, variety, volume } from '../promql.ts'
import type { Dashboard, Panel, Row } from './dashboard.ts'

const HOP = 'stampede.hop'

/** What a buyer, a seller and an auditor want to know while a sale is on. */
export const SALE: Dashboard = {
  uid: 'stampede-sale',
  title: 'Stampede: the sale',
  rows: [promises(), rush(), money()],
}

function promises(): Row {
  return {
    title: 'The promises',
    panels: [
      zero('Oversold units', 'Never more than there was.', greatest('stampede.stock.oversold')),
      zero('Undersold units', 'Units nobody can buy.', greatest('stampede.stock.undersold')),
      zero('Broken sales', 'Their units are not available, held or sold.', greatest('stampede.sale.broken')),
      zero('Orphan claims', 'They took units and nobody settled them.', greatest('stampede.claim.orphan')),
      zero('Alarms', 'Measures beyond their limits, told by the services themselves.', alarms()),
      {
        ...{ title: 'Gate shut', unit: 's', as: 'number', width: 4 },
        tells: 'For how long the gate of some sale has been in doubt and shut.',
        queries: [{ expr: greatest('stampede.gate.shut'), legend: 'shut' }],
      },
    ],
  }
}

function rush(): Row {
  const outcome = 'stampede.outcome'
  const rows = (hop: string) => volume('stampede.hop.batch.size', { labels: { [HOP]: hop } })
  return {
    title: 'The rush',
    panels: [
      {
        ...{ title: 'Attempts by outcome', unit: 'reqps', as: 'stacked', width: 12 },
        tells: 'Won, queued, or why not. Repeats of one wish count each time.',
        queries: [
          { expr: growth('stampede.purchase.attempts', { by: [outcome] }), legend: '{{stampede_outcome}}' },
        ],
      },
      {
        ...{ title: 'Units', unit: 'short', as: 'stacked', width: 12 },
        tells: 'Of all current sales, by the ledger.',
        queries: [
          { expr: greatest('stampede.stock.available'), legend: 'left' },
          { expr: greatest('stampede.stock.held'), legend: 'held' },
          { expr: greatest('stampede.stock.sold'), legend: 'sold' },
        ],
      },
      {
        ...{ title: 'How long a purchase takes', unit: 's' },
        tells: 'At the gateway, refusals included. The dots lead to traces.',
        queries: [0.5, 0.95, 0.99].map((share) => ({
          expr: quantile(share, 'http.server.request.duration', { labels: PURCHASES }),
          legend: `p${share * 100}`,
        })),
      },
      {
        ...{ title: 'Purchases without a decision', unit: 'percentunit' },
        tells: 'The share answered with 5xx: what the error budget is spent on.',
        queries: [{ expr: undecided('$__rate_interval'), legend: '5xx' }],
      },
      {
        ...{ title: 'Orders', unit: 'reqps' },
        tells: 'Rows written, and what became of them.',
        queries: [
          { expr: rows('order rows'), legend: 'placed' },
          { expr: rows('send order.paid'), legend: 'paid' },
          { expr: rows('send order.cancelled'), legend: 'cancelled' },
          { expr: rows('send order.expired'), legend: 'expired' },
          { expr: rows('send order.refunded'), legend: 'refunded' },
        ],
      },
    ],
  }
}

function money(): Row {
  return {
    title: 'Books and money',
    panels: [
      several('Stock that does not add up', 'All of it is to be 0.', [
        'stampede.stock.miscounted',
        'stampede.stock.drift',
        'stampede.stock.stuck',
      ]),
      several('Orders and money that should have ended', 'All of it is to be 0.', [
        ...(['stampede.order.overdue', 'stampede.payment.late', 'stampede.payment.unreturned'] as const),
        ...(['stampede.payment.unanswered', 'stampede.payment.overdue'] as const),
        ...(['stampede.refund.overdue', 'stampede.call.overdue'] as const),
      ]),
      several('Histories that do not fit', 'All of it is to be 0.', [
        'stampede.order.untold',
        'stampede.order.broken',
        'stampede.payment.misplaced',
      ]),
      {
        ...{ title: 'Mended by the reconciler', unit: 'short' },
        tells: 'What it repaired per second. Now and then is routine; all the time is not.',
        queries: [
          { expr: growth('stampede.gate.rebuilt'), legend: 'views rebuilt' },
          { expr: growth('stampede.claim.confirmed'), legend: 'claims confirmed' },
          { expr: growth('stampede.claim.voided'), legend: 'claims voided' },
          { expr: growth('stampede.stock.freed'), legend: 'units freed' },
        ],
      },
      {
        ...{ title: 'Payments', unit: 'reqps' },
        tells: 'Questions to the provider, and those that failed.',
        queries: [
          {
            expr: frequency('stampede.hop.duration', {
              labels: { [HOP]: /payment (charge|refund)/ },
              by: [HOP],
            }),
            legend: '{{stampede_hop}}',
          },
          {
            expr: frequency('stampede.hop.duration', {
              labels: { [HOP]: /payment (charge|refund)/, 'error.type': /.+/ },
              by: [HOP, 'error.type'],
            }),
            legend: '{{stampede_hop}}: {{error_type}}',
          },
        ],
      },
      {
        ...{ title: 'Dead letters', unit: 'short' },
        tells: 'Messages nobody could work on and nobody has replayed.',
        queries: [{ expr: greatest('stampede.letter.dead', { by: [JOB] }), legend: '{{job}}' }],
      },
    ],
  }
}

/** What must be 0. Without data nobody looks, and then nothing is green. */
function zero(title: string, tells: string, expr: string): Panel {
  return { title, tells, unit: 'short', as: 'count', width: 4, queries: [{ expr, legend: title }] }
}

/** Only what is an alarm is told: there are none if somebody looks and tells of none. */
function alarms(): string {
  const told = variety('stampede.watch.alarm', [JOB, 'stampede.measure'])
  return `${told} or 0 * ${greatest('stampede.watch.unseen')}`
}

function several(title: string, tells: string, names: readonly MetricName[]): Panel {
  const queries = names.map((name) => ({ expr: greatest(name), legend: name.replace('stampede.', '') }))
  return { title, tells, unit: 'short', queries }
}
