import type { MetricName } from '@stampede/contracts/metrics'
import { SERVICE_NAMES, type ServiceName } from '@stampede/contracts/telemetry'
import { BUDGET, undecided } from './objective.ts'
import { greatest, JOB, jobOf, lines } from './promql.ts'

export interface AlertRule {
  /** Also the heading of its section in docs/runbook.md. */
  readonly alert: string
  readonly expr: string
  /** How long it must be so; at once without it. */
  readonly for?: string
  readonly labels: { readonly severity: 'page' | 'ticket' } & Readonly<Record<string, string>>
  /** `runbook`: where in this tree its section is. Whoever puts the docs online makes an address of it. */
  readonly annotations: { readonly summary: string; readonly runbook: string }
}

export interface AlertGroup {
  readonly name: string
  readonly rules: readonly AlertRule[]
}

export const RUNBOOK = 'docs/runbook.md'
const GROUP = 'messaging.consumer.group.name'

/** Everything of which somebody should be told, in the form of a Prometheus rule file. */
export const ALERTS: { readonly groups: readonly AlertGroup[] } = {
  groups: [
    { name: 'stampede-promises', rules: promises() },
    { name: 'stampede-flow', rules: flow() },
    { name: 'stampede-answers', rules: answers() },
  ],
}

function promises(): AlertRule[] {
  const unbalanced: MetricName[] = [
    ...(['stampede.sale.broken', 'stampede.stock.miscounted', 'stampede.stock.stuck'] as const),
    ...(['stampede.order.untold', 'stampede.order.broken', 'stampede.payment.misplaced'] as const),
  ]
  const overdue: MetricName[] = [
    ...(['stampede.order.overdue', 'stampede.payment.late', 'stampede.payment.unreturned'] as const),
    ...(['stampede.payment.unanswered', 'stampede.payment.overdue', 'stampede.refund.overdue'] as const),
  ]
  return [
    page('StampedeOversold', above('stampede.stock.oversold', 0), {
      summary: '{{ $value }} units were held or sold beyond what there was',
    }),
    ...unbalanced.map((name) =>
      page('StampedeBooksUnbalanced', above(name, 0), {
        ...{ for: '10s', books: name },
        summary: `${name} is {{ $value }} and must be 0`,
      }),
    ),
    page('StampedeGateDrift', `${above('stampede.stock.drift', 0)} or ${above('stampede.claim.orphan', 0)}`, {
      for: '30s',
      summary: 'The gate differs from the ledger by {{ $value }}, and the reconciler does not mend it',
    }),
    page('StampedeUndersold', above('stampede.stock.undersold', 0), {
      for: '1m',
      summary: '{{ $value }} units of open sales cannot be bought',
    }),
    page('StampedeGateShut', above('stampede.gate.shut', 10), {
      summary: 'The gate of a sale has been shut for {{ $value }} s',
    }),
    ...overdue.map((name) =>
      ticket('StampedeMoneyOverdue', above(name, 0), {
        ...{ for: '1m', books: name },
        summary: `${name} is {{ $value }}: orders or money that should have come to an end`,
      }),
    ),
  ]
}

function flow(): AlertRule[] {
  return [
    page('StampedeOutboxLag', `${greatest('stampede.outbox.oldest', { by: [JOB] })} > 10`, {
      for: '30s',
      summary: '{{ $labels.job }} has an event that has waited for {{ $value }} s to be told',
    }),
    ticket('StampedeConsumerLag', `${greatest('stampede.consumer.lag', { by: [GROUP] })} > 5000`, {
      for: '2m',
      summary: '{{ $value }} events wait for {{ $labels.messaging_consumer_group_name }}',
    }),
    ticket('StampedeDeadLetters', `${greatest('stampede.letter.dead', { by: [JOB] })} > 0`, {
      summary: '{{ $labels.job }} has put {{ $value }} messages aside',
    }),
    ticket('StampedeCallsOverdue', above('stampede.call.overdue', 0), {
      for: '1m',
      summary: '{{ $value }} calls of functions are due and nobody takes them',
    }),
  ]
}

function answers(): AlertRule[] {
  const burns = (long: string, short: string, times: number) => {
    const limit = Number((times * BUDGET).toPrecision(3))
    return `${undecided(long)} > ${limit} and ${undecided(short)} > ${limit}`
  }
  const summary = 'Of the purchases, a share of {{ $value }} is answered with 5xx'
  return [
    page('StampedeErrorBudgetBurn', burns('1h', '5m', 14.4), { for: '2m', window: '1h', summary }),
    page('StampedeErrorBudgetBurn', burns('6h', '30m', 6), { for: '15m', window: '6h', summary }),
    ticket('StampedeErrorBudgetBurn', burns('3d', '6h', 1), { for: '1h', window: '3d', summary }),
    page('StampedeBooksUnseen', `${greatest('stampede.watch.unseen', { by: [JOB] })} > 30`, {
      for: '30s',
      summary: '{{ $labels.job }} could not look at its books for {{ $value }} s',
    }),
    ...SERVICE_NAMES.map(silent),
  ]
}

function silent(service: ServiceName): AlertRule {
  // Nobody of this house is woken for another one.
  const tell = service === 'provider' ? ticket : page
  const told = lines('process.cpu.time', { labels: { [JOB]: jobOf(service) } })
  return tell('StampedeSilent', `absent(${told})`, {
    ...{ for: '2m', service },
    summary: `No process of ${service} tells anything`,
  })
}

interface About extends Readonly<Record<string, string>> {
  readonly summary: string
}

/** Somebody is to be woken. */
function page(alert: string, expr: string, about: About): AlertRule {
  return toRule({ alert, expr }, 'page', about)
}

/** It can wait until somebody is at work. */
function ticket(alert: string, expr: string, about: About): AlertRule {
  return toRule({ alert, expr }, 'ticket', about)
}

/** What is said of an alert besides summary and time are labels: rules of one name differ by them. */
function toRule(
  { alert, expr }: Pick<AlertRule, 'alert' | 'expr'>,
  severity: AlertRule['labels']['severity'],
  { summary, for: time, ...labels }: About,
): AlertRule {
  return {
    ...{ alert, expr },
    ...(time !== undefined && { for: time }),
    labels: { severity, ...labels },
    annotations: { summary, runbook: `${RUNBOOK}#${alert.toLowerCase()}` },
  }
}

function above(name: MetricName, limit: number): string {
  return `${greatest(name)} > ${limit}`
}
