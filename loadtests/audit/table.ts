import { formatCount } from '../demo/format.ts'
import { FAULTS, type FaultName } from './columns.ts'
import type { AuditReport, Fault, SaleAudit } from './read-audit.ts'

// 80 columns wide.
const ID_CHARS = 13
const TITLE_CHARS = 20
const WHY_CHARS = 36

const WORDS: Readonly<Record<FaultName, string>> = {
  oversold: 'oversold',
  undersold: 'undersold',
  miscounted: 'miscounted',
  stuck: 'stuck',
  duplicates: 'duplicates',
  limitBreaches: 'limit breaches',
  orphanPayments: 'orphan payments',
  overdueRefunds: 'refunds overdue',
  unmatched: 'unmatched orders',
  withoutEffect: 'without effect',
}

/** A line for each sale, and one for what is wrong with it; then the totals. */
export function writeSales({ sales, homeless, ok }: AuditReport): string {
  if (sales.length === 0) return 'There are no sales yet.'
  const head = ['sale', 'title', 'units', 'sold', 'held', 'left', 'refunds']
  const lines = [writeLine(head), ...sales.flatMap(writeSale), '─'.repeat(78)]
  const sum = (pick: (sale: SaleAudit) => number) => sales.reduce((all, sale) => all + pick(sale), 0)
  const refunds = `${sum((sale) => sale.refunds.settled)}/${sum((sale) => sale.refunds.asked)}`
  const totals = [sum(({ units }) => units), sum(({ sold }) => sold), sum(({ held }) => held)]
  const left = sum(({ available }) => available)
  lines.push(
    writeLine([
      'all',
      sales.length === 1 ? '1 sale' : `${sales.length} sales`,
      ...[...totals, left].map(formatCount),
      refunds,
    ]),
  )
  lines.push(...homeless.map(writeFault))
  return [...lines, '', verdict(sales, ok)].join('\n')
}

/** All there is to say of one sale. */
export function writeOne(sale: SaleAudit): string {
  const { saleId, title, units, sold, held, available, refunds, faults } = sale
  const row = (name: string, value: string, meaning: string) =>
    `  ${name.padEnd(17)}${value.padStart(9)}  ${meaning}`
  const stock = [
    row('units', formatCount(units), ''),
    row('sold', formatCount(sold), 'of orders that are paid'),
    row('held', formatCount(held), 'of orders that may still be paid'),
    row('left', formatCount(available), ''),
    row('refunds', `${refunds.settled}/${refunds.asked}`, 'settled, of those asked for'),
  ]
  const wrong = FAULTS.flatMap(({ name, meaning }) => {
    const { count, first } = faults[name]
    return [row(WORDS[name], formatCount(count), meaning.slice(0, 49)), ...first.map(writeFault)]
  })
  return [`${title.slice(0, 40)}  ${saleId}`, '', ...stock, '', ...wrong, '', verdict([sale], sale.ok)].join(
    '\n',
  )
}

function writeSale({ saleId, title, units, sold, held, available, refunds, faults }: SaleAudit): string[] {
  const counts = [units, sold, held, available].map(formatCount)
  const line = writeLine([saleId, title, ...counts, `${refunds.settled}/${refunds.asked}`])
  const wrong = FAULTS.flatMap(({ name }) =>
    faults[name].count > 0 ? [`${WORDS[name]} ${formatCount(faults[name].count)}`] : [],
  )
  return wrong.length > 0 ? [line, ...wrong.map((each) => `  ✗ ${each}`)] : [line]
}

function writeLine([id = '', title = '', ...counts]: readonly string[]): string {
  const short = title.slice(0, TITLE_CHARS).padEnd(TITLE_CHARS)
  const cells = counts.map((count) => count.padStart(8)).join(' ')
  return `${id.slice(0, ID_CHARS).padEnd(ID_CHARS)}  ${short}${cells}`
}

function writeFault({ id, why }: Fault): string {
  return `    ${id.padEnd(38)} ${why.length > WHY_CHARS ? `${why.slice(0, WHY_CHARS - 1)}…` : why}`
}

function verdict(sales: readonly SaleAudit[], ok: boolean): string {
  if (ok) return 'The books balance.'
  const wrong = sales.filter((sale) => !sale.ok)
  return wrong.length > 0 && sales.length > 1
    ? `The books do not balance. More: npm run audit -- --sale ${wrong[0]?.saleId.slice(0, ID_CHARS)}`
    : 'The books do not balance.'
}
