import { styleText } from 'node:util'
import type { SaleAccount } from './books/accounts.ts'
import type { Books, Finding } from './books/books.ts'
import type { Figures } from './figures.ts'
import { formatCount, formatMoney, formatMs, formatSeconds } from './format.ts'
import type { DemoOptions } from './options.ts'

export interface DemoResult {
  readonly options: DemoOptions
  readonly figures: Figures
  readonly books: Books
  /** Services that died and came back while the demo ran. */
  readonly restarts: Readonly<Record<string, number>>
  /** What the system still worked on when the books were read. */
  readonly restless: string | undefined
  readonly journalFile: string
  readonly ok: boolean
}

type Row = readonly [name: string, value: string, note?: string]

const NAME_WIDTH = 28
const VALUE_WIDTH = 11

export function writeReport(result: DemoResult): string {
  const { options } = result
  const [buyers, units] = [formatCount(options.buyers), formatCount(options.units)]
  return [
    '',
    styleText('bold', `The sale: ${buyers} buyers, ${units} units, seed ${options.seed}`),
    ...writeRows(saleRows(result)),
    '',
    styleText('bold', 'The money, and what followed from it'),
    ...writeRows(moneyRows(result.books)),
    '',
    styleText('bold', 'Refused, and why'),
    ...writeRows(refusalRows(result.figures)),
    '',
    styleText('bold', 'The books: Postgres, Kafka, Redis against the journal of the clients'),
    ...result.books.findings.flatMap(writeFinding),
    '',
    writeVerdict(result),
    '',
  ].join('\n')
}

function saleRows({ figures, books }: DemoResult): Row[] {
  const { rush, accepted, refusals, soldOutAfterMs, repeats, unitsOfLaterBuyers } = figures
  const account = addUp(books.accounts)
  const soldOutMs = Math.max(soldOutAfterMs.main ?? Number.NaN, soldOutAfterMs.brief ?? Number.NaN)
  const count = formatCount
  return [
    ['attempts', count(figures.attempts)],
    [
      'attempts/s in the rush',
      count((rush.attempts * 1000) / rush.tookMs),
      `for ${formatSeconds(rush.tookMs)}`,
    ],
    ['sold out after', Number.isNaN(soldOutMs) ? '–' : formatSeconds(soldOutMs)],
    ['orders accepted', count(figures.orders), `and ${count(repeats)} repeats of their buyers`],
    ['units sold', count(account.everReserved), `of ${count(account.initial)}, those sold again included`],
    ['units cancelled', count(account.cancelledUnits), `${count(account.cancelledOrders)} orders`],
    ['units expired unpaid', count(account.expiredUnits), `${count(account.expiredOrders)} orders`],
    ['units sold again', count(account.soldAgain), `later buyers got ${count(unitsOfLaterBuyers)}`],
    ['p50 / p99 of a purchase', formatMs(accepted.p50Ms), `/ ${formatMs(accepted.p99Ms)}`],
    ['p50 / p99 of a refusal', formatMs(refusals.p50Ms), `/ ${formatMs(refusals.p99Ms)}`],
  ]
}

function moneyRows({ accounts, money }: Books): Row[] {
  const { paidOrders, soldUnits } = addUp(accounts)
  const count = formatCount
  const { failed, revived, tooLate } = money
  return [
    ['orders paid', count(paidOrders), `${count(soldUnits)} units for ${formatMoney(money.keptCents)}`],
    ['payments', count(money.payments), `${count(failed)} failed, then ${count(money.paidAgain)} paid again`],
    ['refunded by their buyers', count(money.refundedByBuyers)],
    [
      'money that came too late',
      count(revived + tooLate),
      `${count(revived)} revived, ${count(tooLate)} given back`,
    ],
    ['found by polling', count(money.foundByPolling), 'the provider never told'],
    ['coupons granted', count(money.couponsGranted), `and ${count(money.couponsRevoked)} revoked again`],
    ['points given', count(money.points), `${count(money.messages)} messages to buyers`],
  ]
}

function addUp(accounts: readonly SaleAccount[]) {
  const sum = (pick: (account: SaleAccount) => number) =>
    accounts.reduce((total, each) => total + pick(each), 0)
  return {
    initial: sum((each) => each.initial),
    everReserved: sum((each) => each.everReserved),
    soldAgain: sum((each) => Math.max(0, each.everReserved - each.initial)),
    cancelledOrders: sum((each) => each.cancelledOrders),
    cancelledUnits: sum((each) => each.cancelledUnits),
    expiredOrders: sum((each) => each.expiredOrders),
    expiredUnits: sum((each) => each.expiredUnits),
    paidOrders: sum((each) => each.paidOrders),
    soldUnits: sum((each) => each.soldUnits),
  }
}

function refusalRows({ refused, unanswered }: Figures): Row[] {
  const byCount = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts).sort((a, b) => b[1] - a[1])
  return [
    ...byCount(refused).map(([name, count]): Row => [name, formatCount(count)]),
    ...byCount(unanswered).map(
      ([name, count]): Row => [`no answer: ${name}`, formatCount(count), NOTES[name] ?? ''],
    ),
  ]
}

const NOTES: Readonly<Record<string, string>> = { abandoned: 'the client hung up and asked again' }

function writeRows(rows: readonly Row[]): string[] {
  return rows.map(([name, value, note]) => {
    const line = `  ${name.padEnd(NAME_WIDTH)}${value.padStart(VALUE_WIDTH)}`
    return note ? `${line}  ${styleText('gray', note)}` : line
  })
}

function writeFinding({ title, broken, first }: Finding): string[] {
  if (broken === 0) return [`  ${styleText('green', '✓')} ${title}`]
  const lines = first.map(({ id, why }) => `      ${id}: ${why}`)
  const more = broken > first.length ? [`      … and ${formatCount(broken - first.length)} more`] : []
  return [`  ${styleText('red', '✗')} ${title}: ${formatCount(broken)} broken`, ...lines, ...more]
}

function writeVerdict({ ok, books, restless, restarts }: DemoResult): string {
  const notes = [
    ...(restless ? [`The system had not come to rest: ${restless}.`] : []),
    ...Object.entries(restarts).map(([part, times]) => `${part} died and was started again (${times} ×).`),
  ]
  const broken = books.findings.filter((finding) => finding.broken > 0).length
  const verdict = ok
    ? styleText(
        ['green', 'bold'],
        `All ${books.findings.length} promises hold: nothing sold or charged twice, no order lost.`,
      )
    : styleText(['red', 'bold'], `${broken} of ${books.findings.length} promises are broken.`)
  return [...notes, verdict].join('\n')
}
