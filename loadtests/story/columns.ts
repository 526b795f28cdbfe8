import { dailyUsers, formatUsers } from './capacity.ts'
import type { Run } from './measure.ts'
import { type Measured, middle, notesOn, spreadOf } from './summary.ts'

/** One figure of the table, told alike in the terminal, the document and the page. */
export interface Column {
  readonly head: string
  /** Characters in the terminal, the space before it included. */
  readonly width: number
  readonly cell: (measured: Measured) => string
}

export interface Block {
  readonly title: string
  readonly columns: readonly Column[]
}

export const BLOCKS: readonly Block[] = [
  {
    title: 'What was sold, and how quickly',
    columns: [
      count('sold', 6, ({ counts }) => counts.sold),
      count('over', 6, ({ counts }) => counts.oversold),
      count('under', 6, ({ counts }) => counts.undersold),
      count('dup', 5, ({ counts }) => counts.duplicates),
      count('lost', 5, ({ counts }) => counts.lost),
      count('att/s', 8, ({ attemptsPerSecond }) => attemptsPerSecond),
      count('p50 ms', 8, ({ p50Ms }) => p50Ms),
      count('p99 ms', 8, ({ p99Ms }) => p99Ms),
    ],
  },
  {
    title: 'What it cost',
    columns: [
      count('CPU µs', 7, ({ cpuUs }) => cpuUs),
      count('pool', 7, ({ figures }) => figures.poolWaits),
      count('t/out', 6, ({ figures }) => figures.poolTimeouts),
      count('lock', 7, ({ figures }) => figures.lockWaits),
      count('retry', 7, ({ figures }) => figures.retries),
      count('MB', 5, ({ rssMb }) => rssMb),
      count('vol', 7, ({ voluntary }) => voluntary),
      count('invol', 6, ({ involuntary }) => involuntary),
      { head: 'P', width: 3, cell: (each) => whole(middle(each, ({ processes }) => processes)) },
    ],
  },
  {
    title: 'How sure, and how far it would carry',
    columns: [
      { head: '±', width: 7, cell: (each) => (each.runs.length > 1 ? percent(spreadOf(each)) : '–') },
      count('threads', 9, ({ threads }) => threads),
      count('queued', 8, ({ counts }) => counts.queued),
      count('stranded', 10, ({ counts }) => counts.stranded),
      { head: 'late ms', width: 9, cell: (each) => middle(each, ({ lateMs }) => lateMs).toFixed(1) },
      { head: 'daily users', width: 13, cell: (each) => formatUsers(dailyUsers(rateOf(each))) },
    ],
  },
]

export const LEGEND = [
  'over: units promised beyond the stock. dup: keys with more than one order.',
  'lost: a 201 without its order. att/s: closed loop, units for all.',
  'p50, p99: open loop, from the time an attempt was due.',
  'CPU: of all processes, for one attempt of the closed loop.',
  'pool, t/out: waits for one of the 10 database connections, and those given up.',
  'lock, retry: as the stage counts them. MB, P, threads: inventory and its children.',
  'vol, invol: their context switches in the open loop. ±: of att/s over the repeats.',
  'queued: answered with 202; att/s then counts until all are decided.',
  'stranded: units held for buyers who were sent away.',
  'late: the generator’s own lag.',
].join(' ')

/** A star beside a row that has notes. */
export function starOf(measured: Measured): string {
  return notesOn(measured).length > 0 ? '*' : ''
}

function rateOf(measured: Measured): number {
  return middle(measured, ({ attemptsPerSecond }) => attemptsPerSecond)
}

function count(head: string, width: number, pick: (run: Run) => number): Column {
  return { head, width, cell: (measured) => fit(middle(measured, pick), width - 1) }
}

/** As a whole number, in thousands when that is too wide. */
export function fit(value: number, width: number): string {
  const exact = whole(value)
  return exact.length <= width ? exact : `${whole(value / 1000)}K`
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
