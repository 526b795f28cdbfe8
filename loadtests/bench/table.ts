import { styleText } from 'node:util'
import { type Finding, type Goal, isMet } from './finding.ts'
import { type Race, sumUp } from './race.ts'
import { median } from './sample.ts'

const NAME_WIDTH = 28
/** Below this the measuring itself and the kernel's own work explain it. */
const OTHERS_MAX = 0.1
const COLUMNS = ['req/s', 'bare', 'CPU µs', 'bare', 'p50 ms', 'p99 ms'] as const
const CELL_WIDTHS = [8, 8, 7, 7, 7, 7] as const

/** Every race beside the bare framework. */
export function writeRaces(races: readonly Race[]): string[] {
  if (races.length === 0) return []
  return ['', styleText('bold', ' '.repeat(NAME_WIDTH) + writeCells(COLUMNS)), ...races.map(writeRace)]
}

/** How much of the machine others had in the worst round, if it was so much that the figures suffered. */
export function writeWarning(othersShares: readonly number[]): string[] {
  const most = Math.max(...othersShares)
  if (!(most > OTHERS_MAX)) return []
  const text = `Others had up to ${Math.round(most * 100)} % of the machine: repeat it when it is quiet.`
  return ['', styleText('yellow', text)]
}

/** Where the CPU of each race went, in µs per attempt. */
export function writeShares(races: readonly Race[]): string[] {
  if (races.length === 0) return []
  const names = Object.keys(races[0]?.system[0]?.cpuUsOf ?? {})
  const lines = races.map((race) => {
    const of = (name: string) => median(race.system.map((sample) => sample.cpuUsOf[name] ?? 0))
    const generator = median(race.system.map((sample) => sample.generatorCpuUs))
    const shares = names.map((name) => ({ name, us: of(name) })).filter(({ us }) => us >= 0.05)
    const sorted = shares.sort((a, b) => b.us - a.us).map(({ name, us }) => `${name} ${us.toFixed(1)}`)
    return [`  ${race.title}`, `    ${sorted.join(', ')}; generator, not counted: ${generator.toFixed(1)}`]
  })
  return ['', styleText('bold', 'CPU µs per attempt, by process'), ...lines.flat()]
}

/** What was reached of the goals. */
export function writeGoals(findings: readonly Finding[]): string[] {
  const width = Math.max(...findings.map(({ what }) => what.length)) + 2
  const head = styleText('bold', `${pad('', width + 2)}${'reached'.padStart(12)}${'goal'.padStart(12)}`)
  return [
    '',
    head,
    ...findings.map((finding) => {
      const { what, value, unit, goal } = finding
      const figures = `${format(value, unit).padStart(12)}${writeGoal(goal, unit).padStart(12)}`
      return `  ${pad(what, width)}${figures}  ${mark(isMet(finding))}`
    }),
  ]
}

function writeRace(race: Race): string {
  const sum = sumUp(race)
  const cells = [
    whole(sum.perSecond),
    whole(sum.barePerSecond),
    sum.cpuUs.toFixed(1),
    sum.bareCpuUs.toFixed(1),
    sum.p50Ms.toFixed(1),
    sum.p99Ms.toFixed(1),
  ]
  const noise = `± ${Math.round(Math.max(sum.spread, sum.bareSpread) * 100)} %`
  return `  ${pad(race.title, NAME_WIDTH - 2)}${writeCells(cells)}  ${styleText('gray', noise)}`
}

function writeGoal(goal: Goal | undefined, unit: Finding['unit']): string {
  if (!goal) return '–'
  return 'atLeast' in goal ? `≥ ${format(goal.atLeast, unit)}` : `≤ ${format(goal.atMost, unit)}`
}

function mark(isMetNow: boolean | undefined): string {
  if (isMetNow === undefined) return ''
  return isMetNow ? styleText('green', '✓') : styleText('red', '✗')
}

function format(value: number, unit: Finding['unit']): string {
  if (unit === '') return value.toLocaleString('en-US')
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2
  return `${value.toFixed(digits)} ${unit}`
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

function pad(text: string, width: number): string {
  return text.padEnd(width)
}

function writeCells(cells: readonly string[]): string {
  return cells.map((text, i) => text.padStart(CELL_WIDTHS[i] ?? 0)).join('')
}
