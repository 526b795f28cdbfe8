import { styleText } from 'node:util'
import type { Mutant } from '../../tests/mutants/mutant.ts'
import type { Trial } from './trial.ts'

const WIDTH = 80
const WHY_MAX = 300
const COLOURS = { caught: 'green', survived: 'red', unsound: 'red' } as const

/** Each defect with the test that catches it: two or three lines of at most 80 columns. */
export function writeList(mutants: readonly Mutant[]): string {
  return mutants.map((mutant) => [headOf(mutant), ...detailsOf(mutant)].join('\n')).join('\n')
}

/** The same with what came of each, and how long it took. */
export function writeTable(trials: readonly Trial[]): string {
  const rows = trials.flatMap((trial) => {
    const { mutant, end, seconds, why } = trial
    const time = `${seconds.toFixed(1)} s`.padStart(8)
    const head = `${headOf(mutant, WIDTH - 18).padEnd(WIDTH - 18)}${time}  `
    return [
      `${head}${styleText(COLOURS[end], end)}`,
      ...detailsOf(mutant),
      ...(end === 'caught' ? [] : indent(wrap(`! ${cut(why.replace(/\s+/g, ' '), WHY_MAX)}`))),
    ]
  })
  const count = (end: Trial['end']) => trials.filter((trial) => trial.end === end).length
  const total = `${trials.length} planted defects: ${count('caught')} caught`
  return [...rows, `\n${total}, ${count('survived')} survived, ${count('unsound')} unsound`].join('\n')
}

function headOf({ name }: Mutant, width = WIDTH): string {
  return cut(name, width)
}

function detailsOf({ promise, caughtBy: { file, test } }: Mutant): string[] {
  return indent([promise, ...wrap(`${shorten(file)} › ${test}`)])
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `    ${cut(line, WIDTH - 4)}`)
}

function shorten(file: string): string {
  return file.replace(/^(services|packages)\//, '').replace(/\/(test|src)\//, '/')
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`
}

function wrap(text: string): string[] {
  const lines = ['']
  for (const word of text.split(' ')) {
    const last = lines.at(-1) as string
    const longer = last === '' ? word : `${last} ${word}`
    if (longer.length <= WIDTH - 4) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines
}
