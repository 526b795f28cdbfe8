/** One line, or one for each value of its labels. */
export interface Query {
  readonly expr: string
  /** What a line is called; `{{label}}` is replaced. */
  readonly legend: string
}

export interface Panel {
  readonly title: string
  /** What to make of it. */
  readonly tells: string
  readonly queries: readonly Query[]
  /** Grafana's word for the unit. */
  readonly unit: 's' | 'short' | 'reqps' | 'percentunit' | 'bytes'
  /** `count`: one number, red from 1 on. `number`: one number. Default: lines over time. */
  readonly as?: 'count' | 'number' | 'lines' | 'stacked'
  /** Of the 24 columns; default 8. */
  readonly width?: number
}

export interface Row {
  readonly title: string
  readonly panels: readonly Panel[]
}

export interface Dashboard {
  /** Part of its address; never changed. */
  readonly uid: string
  readonly title: string
  readonly rows: readonly Row[]
}

const COLUMNS = 24
const HEIGHT = 8
const LOW = 4
const SOURCE = { type: 'prometheus', uid: '$datasource' }

/** A dashboard as Grafana imports and provisions it, for any Prometheus that is chosen above it. */
export function toGrafana({ uid, title, rows }: Dashboard): object {
  return {
    ...{ uid, title, tags: ['stampede'], schemaVersion: 39, version: 1, editable: true, graphTooltip: 1 },
    ...{ timezone: 'browser', refresh: '10s', time: { from: 'now-30m', to: 'now' } },
    annotations: { list: [] },
    links: [],
    templating: {
      list: [{ name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus' }],
    },
    panels: layOut(rows),
  }
}

/** From left to right, a new line when one is full; each row under a heading of its own. */
function layOut(rows: readonly Row[]): object[] {
  const panels: object[] = []
  let y = 0
  for (const row of rows) {
    panels.push({ id: panels.length + 1, ...heading(row.title), gridPos: { x: 0, y, w: COLUMNS, h: 1 } })
    y++
    let [x, lineHeight] = [0, 0]
    for (const panel of row.panels) {
      const [w, h] = [panel.width ?? 8, isNumber(panel) ? LOW : HEIGHT]
      if (x + w > COLUMNS) {
        y += lineHeight
        x = 0
        lineHeight = 0
      }
      panels.push({ id: panels.length + 1, ...toPanel(panel), gridPos: { x, y, w, h } })
      x += w
      lineHeight = Math.max(lineHeight, h)
    }
    y += lineHeight
  }
  return panels
}

function heading(title: string): object {
  return { type: 'row', title, collapsed: false, panels: [] }
}

function isNumber({ as }: Panel): boolean {
  return as === 'count' || as === 'number'
}

function toPanel(panel: Panel): object {
  const { title, tells: description, queries, unit } = panel
  // A number is that of now: the last of the time looked at would stay when nobody tells it any more.
  const instant = isNumber(panel)
  const targets = queries.map(({ expr, legend }, i) => ({
    ...{ refId: String.fromCharCode('A'.charCodeAt(0) + i), datasource: SOURCE },
    ...{ expr, legendFormat: legend, instant, range: !instant, exemplar: expr.includes('_bucket') },
  }))
  return {
    title,
    description,
    datasource: SOURCE,
    targets,
    ...(instant ? stat(panel) : graph(unit, panel.as)),
  }
}

function stat({ unit, as }: Panel): object {
  const red = { color: 'red', value: 1 }
  const steps = [{ color: as === 'count' ? 'green' : 'text', value: null }, ...(as === 'count' ? [red] : [])]
  return {
    type: 'stat',
    fieldConfig: { defaults: { unit, thresholds: { mode: 'absolute', steps } }, overrides: [] },
    options: {
      ...{ colorMode: as === 'count' ? 'background' : 'value', graphMode: 'none' },
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
    },
  }
}

function graph(unit: string, as: Panel['as']): object {
  const stacking = { mode: as === 'stacked' ? 'normal' : 'none', group: 'A' }
  const custom = { drawStyle: 'line', fillOpacity: as === 'stacked' ? 40 : 8, showPoints: 'never', stacking }
  return {
    type: 'timeseries',
    fieldConfig: { defaults: { unit, min: 0, custom }, overrides: [] },
    options: {
      legend: { displayMode: 'table', placement: 'bottom', calcs: ['lastNotNull', 'max'], showLegend: true },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
  }
}
