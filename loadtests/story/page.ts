import type { About } from './about.ts'
import { ARTICLE, SLIPS } from './article.ts'
import { type Bar, drawBars } from './bars.ts'
import { dailyUsers, describeAssumptions, formatUsers } from './capacity.ts'
import { BLOCKS, LEGEND, starOf } from './columns.ts'
import { escapeHtml, paragraph, section, table } from './html.ts'
import { findInterleaving } from './interleaving.ts'
import { UNDERSOLD } from './judge.ts'
import { drawLanes } from './lanes.ts'
import { PAGE_STYLE } from './page-style.ts'
import { declaredOf, nameOf } from './rows.ts'
import { drawStock } from './stock-plot.ts'
import { crowdednessOf, faultIn, type Measured, middle, notesOn } from './summary.ts'

/** The story as one HTML document that needs nothing else: no network, no script. */
export function writePage(measured: readonly Measured[], about: About): string {
  const parts = [
    '<h1>How not to sell one unit twice</h1>',
    paragraph(
      'The same rush of buyers, against every way to guard a stock, each as people write it first and cured.',
    ),
    `<p class="soft">${escapeHtml(`${about.load}. ${about.machine}. ${about.date}.`)}</p>`,
    writeVerdict(measured),
    section('Units sold that were not there', drawBars(measured.map(oversoldBar))),
    section('Attempts a second', paragraph('Closed loop, units for all.'), drawBars(measured.map(rateBar))),
    section(
      'How long a buyer waits',
      paragraph('Open loop, from the time an attempt was due: p50 dark, p99 pale behind it.'),
      drawBars(measured.map(waitBar)),
    ),
    writeStock(measured),
    writeInterleavings(measured),
    writeTables(measured),
    writeArticle(measured),
    section('Where we read the article differently', writeList(SLIPS)),
    `<footer class="soft"><p>Again: <code>${escapeHtml(about.command)}</code></p></footer>`,
  ]
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Stampede: the story of the stages</title><style>${PAGE_STYLE}</style></head>
<body><main>${parts.join('\n')}</main></body></html>
`
}

function writeVerdict(measured: readonly Measured[]): string {
  const faults = measured.flatMap((each) => {
    const fault = faultIn(each)
    return fault ? [`${nameOf(each.row)} ${fault}.`] : []
  })
  const late = measured.flatMap(notesOn).map((note) => paragraph(`* ${note}.`))
  const text = faults.length > 0 ? faults.join(' ') : 'Every row did what it declares of itself.'
  const crowded = crowdednessOf(measured)
  if (crowded) late.push(paragraph(crowded))
  return `<p class="verdict${faults.length > 0 ? ' not' : ''}">${escapeHtml(text)}</p>${late.join('')}`
}

function oversoldBar(each: Measured): Bar {
  const value = middle(each, ({ counts }) => counts.oversold)
  return { name: nameOf(each.row), value, text: whole(value), tone: 'bad' }
}

function rateBar(each: Measured): Bar {
  const value = rateOf(each)
  return { name: nameOf(each.row), value, text: whole(value), tone: 'plain' }
}

function waitBar(each: Measured): Bar {
  const [value, behind] = [middle(each, ({ p50Ms }) => p50Ms), middle(each, ({ p99Ms }) => p99Ms)]
  const name = `${nameOf(each.row)}${starOf(each)}`
  return { name, value, behind, text: `${whole(value)} / ${whole(behind)} ms`, tone: 'plain' }
}

function writeStock(measured: readonly Measured[]): string {
  const plots = measured.flatMap(({ row, runs }) => {
    const run = runs.at(-1)
    return run ? [drawStock(nameOf(row), run.ledger, run.sights)] : []
  })
  const text =
    'The line: units left by the books, in the open loop’s last run. The dots: what claims read, where the ' +
    'stage notes it. A dot above the line is a claim that believes in units that are gone; below nought, ' +
    'units are promised that were never there.'
  return section('The stock over time', paragraph(text), `<div class="grid">${plots.join('\n')}</div>`)
}

function writeInterleavings(measured: readonly Measured[]): string {
  const found = measured.flatMap(({ row, runs }) => {
    const run = runs.at(-1)
    const interleaving = run && run.counts.oversold > 0 ? findInterleaving(run.sights) : undefined
    return interleaving ? [`<h3>${escapeHtml(nameOf(row))}</h3>${drawLanes(interleaving)}`] : []
  })
  const text =
    'Replayed from what the stage noted while it happened: claims that read the same number, before any of ' +
    'them had written, and all took a unit of it. Left to right is the order of events, not a scale.'
  const nothing = paragraph('No row of this run noted one.')
  return section('One unit, sold twice', paragraph(text), ...(found.length > 0 ? found : [nothing]))
}

function writeTables(measured: readonly Measured[]): string {
  const blocks = BLOCKS.map(({ title, columns }) => {
    const rows = measured.map((each) => [
      `${nameOf(each.row)}${starOf(each)}`,
      ...columns.map(({ cell }) => cell(each)),
    ])
    return `<h3>${escapeHtml(title)}</h3>${table(['', ...columns.map(({ head }) => head)], rows)}`
  })
  const notes = [LEGEND, UNDERSOLD, describeAssumptions()].map(
    (text) => `<p class="soft">${escapeHtml(text)}</p>`,
  )
  return section('The whole table', ...blocks, ...notes)
}

function writeArticle(measured: readonly Measured[]): string {
  const rows = ARTICLE.map(({ stage, model, users, problem, cure }) => [
    ...[stage, model, users, problem, cure],
    bestOf(measured.filter(({ row }) => row.stage === stage)),
  ])
  const head = [
    'stage',
    'the article’s model',
    'daily users it names',
    'trouble',
    'cure',
    'ours, on this machine',
  ]
  const text =
    'The article that this story follows sorts such systems by the daily users they carry. Beside it, what ' +
    'our quickest variant that does not oversell would carry by our own reckoning, all parts on one machine.'
  return section(
    'The article’s table, and ours',
    paragraph(text),
    `<div class="words">${table(head, rows)}</div>`,
    paragraph(describeAssumptions()),
  )
}

function bestOf(measured: readonly Measured[]): string {
  const safe = measured.filter(({ row }) => declaredOf(row) === 'never oversells')
  const [best] = safe.sort((a, b) => rateOf(b) - rateOf(a))
  if (!best) return 'not measured'
  const [, how = ''] = nameOf(best.row).split(' / ')
  return `${formatUsers(dailyUsers(rateOf(best)))} (${how}, ${whole(rateOf(best))} attempts/s)`
}

function writeList(items: readonly string[]): string {
  return `<ul>${items.map((item) => `<li>${escapeHtml(item)}</li>`).join('\n')}</ul>`
}

function rateOf(each: Measured): number {
  return middle(each, ({ attemptsPerSecond }) => attemptsPerSecond)
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}
