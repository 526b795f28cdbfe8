import { styleText } from 'node:util'
import { describeAssumptions } from './capacity.ts'
import { BLOCKS, type Block, LEGEND, starOf } from './columns.ts'
import { UNDERSOLD } from './judge.ts'
import { declaredOf, nameOf } from './rows.ts'
import { crowdednessOf, faultIn, type Measured, notesOn } from './summary.ts'

export const TABLE_COLUMNS_MAX = 80
const NAME_WIDTH = 24

/** All blocks, a row for each stage and variant, in at most 80 columns; then what is not as declared. */
export function writeTable(measured: readonly Measured[]): string[] {
  return [
    ...BLOCKS.flatMap((block) => ['', ...writeBlock(block, measured)]),
    '',
    ...[LEGEND, UNDERSOLD, describeAssumptions()].flatMap((text) => wrap(text)).map((line) => grey(line)),
    '',
    ...writeNotes(measured),
    ...writeVerdict(measured),
  ]
}

function writeBlock({ title, columns }: Block, measured: readonly Measured[]): string[] {
  const head = columns.map(({ head: text, width }) => text.padStart(width)).join('')
  return [
    styleText('bold', title),
    grey(`${' '.repeat(NAME_WIDTH)}${head}`),
    ...measured.map((each) => {
      const cells = columns.map(({ head: name, width, cell }) =>
        colour(name, cell(each).padStart(width), declaredOf(each.row) === 'oversells'),
      )
      const name = `${nameOf(each.row)}${starOf(each)}`.padEnd(NAME_WIDTH)
      return `${name.slice(0, NAME_WIDTH)}${cells.join('')}`
    }),
  ]
}

/** Units sold twice are red where they should not be, yellow where the row says that it will. */
function colour(head: string, text: string, isDeclared: boolean): string {
  if (head !== 'over' || text.trim() === '0') return text
  return styleText(isDeclared ? 'yellow' : 'red', text)
}

function writeNotes(measured: readonly Measured[]): string[] {
  const notes = measured.flatMap(notesOn).map((note) => `* ${note}`)
  return [...notes, crowdednessOf(measured) ?? ''].filter((text) => text !== '').flatMap(wrap)
}

function writeVerdict(measured: readonly Measured[]): string[] {
  const faults = measured.flatMap((each) => {
    const fault = faultIn(each)
    return fault ? [styleText('red', `${nameOf(each.row)} ${fault}`)] : []
  })
  if (faults.length > 0) return faults
  const naive = measured.filter(({ row }) => declaredOf(row) === 'oversells').length
  const text = `As declared: ${naive} of ${measured.length} rows oversell, no other row did or lost anything.`
  return wrap(text).map((line) => styleText('green', line))
}

function wrap(text: string): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length < TABLE_COLUMNS_MAX) {
      lines[lines.length - 1] = `${last} ${word}`
    } else lines.push(word)
  }
  return lines
}

function grey(text: string): string {
  return styleText('gray', text)
}
