import type { About } from './about.ts'
import { describeAssumptions } from './capacity.ts'
import { BLOCKS, LEGEND, starOf } from './columns.ts'
import { UNDERSOLD } from './judge.ts'
import { declaredOf, nameOf } from './rows.ts'
import { crowdednessOf, type Measured, notesOn } from './summary.ts'

const BEGIN = '<!-- measured: written by the command, not by hand -->'
const END = '<!-- end of measured -->'

/**
 * The document with what was measured between its two marks, and nothing else changed. Throws when it does
 * not have exactly one pair of them.
 */
export function putMeasured(text: string, measured: string): string {
  const [before, rest, ...more] = text.split(BEGIN)
  const [, after, ...evenMore] = rest?.split(END) ?? []
  if (before === undefined || after === undefined || more.length + evenMore.length > 0) {
    throw new Error(`the document must hold one pair of marks: ${BEGIN} … ${END}`)
  }
  return `${before}${BEGIN}\n\n${measured}\n\n${END}${after}`
}

/** The table in Markdown, with where it comes from. */
export function writeMarkdown(measured: readonly Measured[], about: About): string {
  const blocks = BLOCKS.map(({ title, columns }) => {
    const head = ['', ...columns.map((column) => column.head)]
    const rows = measured.map((each) => [
      `${nameOf(each.row)}${starOf(each).replace('*', ' \\*')}`,
      ...columns.map((column) => column.cell(each)),
    ])
    const rule = head.map((_, i) => (i === 0 ? '---' : '--:'))
    return [`**${title}**`, '', ...[head, rule, ...rows].map(writeLine)].join('\n')
  })
  const declared = measured.filter(({ row }) => declaredOf(row) === 'oversells').map(({ row }) => nameOf(row))
  const late = measured.flatMap(notesOn).map((note) => `\\* ${note}.`)
  const crowded = crowdednessOf(measured)
  const notes = [LEGEND, UNDERSOLD, ...late, ...(crowded ? [crowded] : []), describeAssumptions()]
  const source = `${about.load}. ${about.machine}. ${about.date}.`
  const promise = `Declared to oversell: ${declared.join(', ') || 'none of these'}.`
  return [...blocks, [source, `Again: \`${about.command}\``].join('\n'), promise, ...notes].join('\n\n')
}

function writeLine(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}
