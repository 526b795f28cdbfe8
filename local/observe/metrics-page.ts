import { METRICS, type MetricRow } from '@stampede/contracts/metrics'
import { prometheusName } from './prometheus-names.ts'

const HEAD = `# Metrics

Made from [the table of metrics](../packages/contracts/src/metrics.ts) by \`npm run check -- --write\`;
\`npm run check\` sees that it is up to date.

They are sent by OTLP over HTTP when \`OTEL_EXPORTER_OTLP_ENDPOINT\` is set, every
\`OTEL_METRIC_EXPORT_INTERVAL\` milliseconds (default 10,000); without it nothing is loaded. The second column
is what a collector or Prometheus makes of a name by its default rules; there the process is told by \`job\`
(\`stampede/<service>\`) and \`instance\` (\`<machine>:<port>\`); a histogram has \`_bucket\`, \`_count\` and
\`_sum\`, and exemplars that lead to kept traces. No attribute holds an id, so there are few lines: a thousand
of a metric at most.

Where several processes tell of the same books it is the same number: take the largest, not the sum.
Dashboards for Grafana are [the sale](../infra/grafana/dashboards/sale.json) and
[the machine room](../infra/grafana/dashboards/machine-room.json). The alerts are in
[alerts.yaml](../infra/prometheus/alerts.yaml), each with its section in [the runbook](runbook.md).

| metric | in Prometheus | kind | unit | attributes | what it tells |
|---|---|---|---|---|---|
`

/** The whole of docs/metrics.md. */
export function writeMetricsPage(): string {
  return HEAD + Object.entries<MetricRow>(METRICS).map(writeRow).join('')
}

function writeRow([name, row]: [string, MetricRow]): string {
  const { instrument, unit, tells, attributes = [] } = row
  const cells = [code(name), code(prometheusName(name, row)), instrument, code(unit)]
  return `| ${[...cells, attributes.map(code).join(', '), tells].join(' | ')} |\n`
}

function code(text: string): string {
  return `\`${text}\``
}
