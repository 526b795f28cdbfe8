import { styleText } from 'node:util'
import type { Finding } from '../demo/books/books.ts'
import { formatCount as count } from '../demo/format.ts'
import type { Verdict } from './books/judge.ts'
import type { ExplainedDeath } from './deaths.ts'
import { type ChaosOptions, writeCommand } from './options.ts'
import type { NotRun } from './playable.ts'
import { type Played, wasPlayed } from './player.ts'
import { type Row, tallyFaults } from './tally.ts'

export interface ChaosResult {
  readonly options: ChaosOptions
  readonly ratePerSecond: number
  readonly tookMs: number
  readonly counts: Verdict['counts']
  readonly played: readonly Played[]
  /** What of the plan cannot be played on this machine. */
  readonly notRun: readonly NotRun[]
  /** Who ended although nothing was done to it. */
  readonly deaths: readonly ExplainedDeath[]
  /** Every promise, with what breaks it. */
  readonly checks: readonly Finding[]
  readonly ok: boolean
  readonly folder: string
}

const FIRST = 10
const WIDTH = 80

/** For a terminal of 80 columns. */
export function writeReport(result: ChaosResult): string {
  const { options, played, counts, checks } = result
  const begun = played.filter(wasPlayed).length
  const minutes = (result.tookMs / 60_000).toFixed(1)
  return [
    '',
    bold(`${count(begun)} faults in ${minutes} minutes, seed ${options.seed}`),
    `  ${count(counts.attempts)} attempts (${count(result.ratePerSecond)}/s intended), ` +
      `${count(counts.acknowledged)} acknowledged orders`,
    `  ${count(counts.sales)} sales of ${count(counts.units)} units, ${count(counts.soldUnits)} sold, ` +
      `${count(counts.payments)} payments`,
    `  ${count(counts.snapshots)} snapshots of the books while things broke, ` +
      `${count(counts.snapshotsMissed)} missed`,
    `  refusals judged strictly in ${percent(counts.shareStrict)} of the time, ` +
      'units back in 10 s in the rest',
    writeFollowed(counts.followed),
    `  ${count(counts.poisonLetters)} messages made unreadable were put aside`,
    ...writeHistories(counts.histories),
    '',
    bold('Faults, and how long until all served again and a new purchase was a 201'),
    gray('  p50 and max of those that were alone, then of all; ✗ goal missed, no violation'),
    gray(line('', 'played', ['alone', 'max', 'all', 'max', 'goal'])),
    ...tallyFaults(played).map(writeRow),
    ...writeNotRun(result.notRun),
    ...writeUnplayed(played),
    ...writeDeaths(result.deaths),
    '',
    bold('The books'),
    ...checks.flatMap(writeCheck),
    '',
    writeVerdict(result),
    '',
  ].join('\n')
}

function writeHistories({ stocks, orders, porcupine }: ChaosResult['counts']['histories']): string[] {
  const looked = `  histories of ${count(stocks)} sales and ${count(orders)} orders by our own models`
  if (!porcupine) return [looked, '  porcupine not run']
  const { checked, unknown, left, longest } = porcupine
  return [
    looked,
    `  ${count(checked)} decided by porcupine too, the longest of ${count(longest)} operations;`,
    `  ${count(unknown)} it could not decide in time, ${count(left)} it was not given`,
  ]
}

function writeFollowed({ ends, late, slowestMs }: ChaosResult['counts']['followed']): string {
  const slowest = late > 0 ? `, the slowest after ${seconds(slowestMs)}` : ''
  return `  ${count(ends)} ends of orders reached the ledger, ${count(late)} late${slowest}`
}

function percent(share: number): string {
  return `${Math.floor(share * 100)} %`
}

function writeRow({ name, planned, played, alone, all, goalMs, isLate }: Row): string {
  const share = played === planned ? String(played) : `${played} of ${planned}`
  const times = [alone.p50Ms, alone.maxMs, all.p50Ms, all.maxMs].map(seconds)
  const text = line(name, share, [...times, goalMs === undefined ? '' : `≤ ${goalMs / 1000} s`])
  return isLate ? styleText('yellow', `${text} ✗`) : text
}

function line(name: string, count: string, rest: readonly string[]): string {
  return `  ${name.padEnd(19)}${count.padStart(9)}${rest.map((cell) => cell.padStart(9)).join('')}`
}

function writeNotRun(notRun: ChaosResult['notRun']): string[] {
  return notRun.map(({ kind, why, faults }) =>
    gray(cut(`${line(kind, String(faults), [])}  not run: ${why}`)),
  )
}

function writeUnplayed(played: readonly Played[]): string[] {
  const unplayed = played.filter((each) => !wasPlayed(each))
  return unplayed.map(({ fault: { kind, target }, half, why }) => {
    const what = half === undefined ? 'not played' : 'begun by half'
    return gray(cut(`  ${what}: ${kind}:${target}, ${half ?? why}`))
  })
}

function writeDeaths(deaths: ChaosResult['deaths']): string[] {
  const names = [
    ...Map.groupBy(deaths, ({ part, word }) => (word === undefined ? part : `${part}, ${word}`)),
  ].map(([name, group]) => `${name} (${group.length})`)
  return names.length === 0 ? [] : [`  ended by themselves and came back: ${names.join(', ')}`]
}

function writeCheck({ title, broken, first }: Finding): string[] {
  if (broken === 0) return [`  ${styleText('green', '✓')} ${title}`]
  return [
    `  ${styleText('red', '✗')} ${title}: ${count(broken)} broken`,
    ...first.slice(0, FIRST).map(({ id, why }) => `      ${id}: ${why}`),
  ]
}

function writeVerdict({ ok, checks, options, folder, ratePerSecond }: ChaosResult): string {
  const violations = checks.reduce((sum, { broken }) => sum + broken, 0)
  const verdict = ok
    ? styleText('green', 'Whatever broke, the books balance: 0 violations')
    : styleText('red', `${count(violations)} violations`)
  return [
    bold(verdict),
    `  Again:  ${writeCommand(options, ratePerSecond)}`,
    `  Kept:   ${folder}/report.json, plan.json, journal.ndjson, logs/`,
  ].join('\n')
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? '–' : `${(ms / 1000).toFixed(1)} s`
}

function cut(text: string): string {
  return text.length <= WIDTH ? text : `${text.slice(0, WIDTH - 1)}…`
}

function bold(text: string): string {
  return styleText('bold', text)
}

function gray(text: string): string {
  return styleText('gray', text)
}
