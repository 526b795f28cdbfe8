import { stringify } from 'yaml'
import { ALERTS } from './alerts.ts'
import { type Dashboard, toGrafana } from './dashboards/dashboard.ts'
import { MACHINE_ROOM } from './dashboards/machine-room.ts'
import { SALE } from './dashboards/sale.ts'
import { writeMetricsPage } from './metrics-page.ts'

/** What is made from the table of metrics, by its place in the tree. */
export function writeFiles(): Readonly<Record<string, string>> {
  return {
    'docs/metrics.md': writeMetricsPage(),
    'infra/grafana/dashboards/sale.json': writeDashboard(SALE),
    'infra/grafana/dashboards/machine-room.json': writeDashboard(MACHINE_ROOM),
    'infra/prometheus/alerts.yaml': stringify(ALERTS, { lineWidth: 0, aliasDuplicateObjects: false }),
  }
}

function writeDashboard(dashboard: Dashboard): string {
  return `${JSON.stringify(toGrafana(dashboard), undefined, 2)}\n`
}
