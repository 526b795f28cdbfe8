import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { test } from 'node:test'
import type { SyntaxNodeRef } from '@lezer/common'
import { parser } from '@prometheus-io/lezer-promql'
import { METRICS, type MetricName, type MetricRow } from '@stampede/contracts/metrics'
import { parse } from 'yaml'
import { ROOT } from '../profile.ts'
import { SERVICES } from '../services.ts'
import { type AlertGroup, RUNBOOK } from './alerts.ts'
import { writeFiles } from './files.ts'
import { allPrometheusNames, labelName } from './prometheus-names.ts'

const DASHBOARDS = ['infra/grafana/dashboards/sale.json', 'infra/grafana/dashboards/machine-room.json']
const read = (file: string) => readFileSync(resolve(ROOT, file), 'utf8')

interface GrafanaTarget {
  readonly expr: string
  readonly legendFormat: string
  readonly instant: boolean
  readonly range: boolean
}

interface GrafanaPanel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets?: readonly GrafanaTarget[]
}

interface GrafanaDashboard {
  readonly uid: string
  readonly panels: readonly GrafanaPanel[]
}

/** As they lie in the tree, for these are what is loaded. */
const dashboards = DASHBOARDS.map((file) => JSON.parse(read(file)) as GrafanaDashboard)
const rules = (parse(read('infra/prometheus/alerts.yaml')) as { groups: AlertGroup[] }).groups.flatMap(
  (group) => group.rules,
)
const targets = dashboards.flatMap(({ panels }) => panels.flatMap((panel) => panel.targets ?? []))
const expressions = [...targets, ...rules].map(({ expr }) => expr.replaceAll('$__rate_interval', '1m'))

/** What PromQL's own grammar finds in an expression: by kind of node, the text of each. */
function namesIn(expr: string): { metrics: string[]; labels: string[] } {
  const found = { metrics: [] as string[], labels: [] as string[] }
  parser.parse(expr).iterate({
    enter(node: SyntaxNodeRef) {
      assert.ok(!node.type.isError, `${expr}: not PromQL at ${node.from}`)
      const text = expr.slice(node.from, node.to)
      if (node.name === 'Identifier' && node.node.parent?.name === 'VectorSelector') found.metrics.push(text)
      if (node.name === 'LabelName') found.labels.push(text)
    },
  })
  return found
}

const BY_THE_TRANSLATION = ['job', 'instance', 'le']
const known = allPrometheusNames()

/** The labels that lines of a metric have. */
function labelsOf(name: string): string[] {
  const { attributes = [] } = METRICS[known.get(name) as MetricName] as MetricRow
  return [...attributes.map(labelName), ...BY_THE_TRANSLATION]
}

test('what is generated is as it would be generated now', () => {
  for (const [file, text] of Object.entries(writeFiles())) assert.equal(read(file), text, file)
})

test('each metric that a dashboard or an alert names is in the table, and has the labels that are asked for', () => {
  assert.ok(expressions.length > 50)
  for (const expr of expressions) {
    const { metrics, labels } = namesIn(expr)
    assert.ok(metrics.length > 0, expr)
    for (const name of metrics) assert.ok(known.has(name), `${name} in ${expr}`)
    const offered = new Set(metrics.flatMap(labelsOf))
    for (const label of labels) assert.ok(offered.has(label), `${label} in ${expr}`)
  }
})

test('the reader of expressions finds names that do not exist, and what is no expression', () => {
  const { metrics, labels } = namesIn('sum by (sale_id) (rate(stampede_nothing_total{job="x"}[1m]))')
  assert.deepEqual([metrics, labels], [['stampede_nothing_total'], ['sale_id', 'job']])
  assert.ok(!known.has('stampede_nothing_total'))
  assert.throws(() => namesIn('sum(rate(a[1m])'))
})

test('nothing is measured that nobody sees', () => {
  const seen = new Set(expressions.flatMap((expr) => namesIn(expr).metrics.map((name) => known.get(name))))
  assert.deepEqual(
    Object.keys(METRICS).filter((name) => !seen.has(name as MetricName)),
    [],
  )
})

test('nothing is drawn where nobody tells: a number is that of now, and none is made up', () => {
  const panels = dashboards.flatMap((dashboard) => dashboard.panels)
  const numbers = panels.filter(({ type }) => type === 'stat').flatMap((panel) => panel.targets ?? [])
  assert.ok(numbers.length > 5)
  for (const { expr, instant, range } of numbers) assert.deepEqual([instant, range], [true, false], expr)
  for (const { expr } of targets) assert.doesNotMatch(expr, /\b(vector|absent)\(/)
})

test('each service that falls silent is told of', () => {
  const silent = rules.filter(({ alert }) => alert === 'StampedeSilent')
  assert.deepEqual(silent.map(({ labels }) => labels['service']).toSorted(), SERVICES.toSorted())
})

test('a legend names only labels by which its lines are kept apart', () => {
  for (const { expr, legendFormat } of targets) {
    const named = [...legendFormat.matchAll(/{{(\w+)}}/g)].map(([, label]) => label ?? '')
    const by = expr.match(/by \(([^)]*)\)/)?.[1]?.split(', ') ?? BY_THE_TRANSLATION
    for (const label of named) assert.ok(by.includes(label), `${label} of ${expr}`)
  }
})

test('panels of a dashboard lie beside each other, and each has an id', () => {
  for (const { uid, panels } of dashboards) {
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length, uid)
    const taken = new Map<string, string>()
    for (const { title, gridPos } of panels) {
      assert.ok(gridPos.x + gridPos.w <= 24, title)
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          assert.equal(taken.get(`${x} ${y}`), undefined, `${title} covers another`)
          taken.set(`${x} ${y}`, title)
        }
      }
    }
  }
})

test('rules of one name differ by a label, or Prometheus would refuse them', () => {
  const keys = rules.map(({ alert, labels }) => `${alert} ${JSON.stringify(labels)}`)
  assert.equal(new Set(keys).size, keys.length)
})

test('each alert has a section in the runbook that says what it means, what to look at and what to do', () => {
  const sections = new Map(
    read(RUNBOOK)
      .split(/^## /m)
      .slice(1)
      .map((text) => [text.slice(0, text.indexOf('\n')), text] as const),
  )
  const alerts = new Set(rules.map(({ alert }) => alert))
  assert.deepEqual([...sections.keys()].toSorted(), [...alerts].toSorted())
  for (const { alert, annotations } of rules) {
    assert.equal(annotations.runbook, `${RUNBOOK}#${alert.toLowerCase()}`)
    for (const part of ['What it means.', 'What to look at.', 'What to do.']) {
      assert.match(
        sections.get(alert) ?? '',
        new RegExp(`^\\*\\*${part}\\*\\* \\S`, 'm'),
        `${alert}: ${part}`,
      )
    }
  }
})
