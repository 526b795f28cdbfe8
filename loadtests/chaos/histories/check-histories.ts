import type { Client } from 'pg'
import type { Finding } from '../../demo/books/books.ts'
import type { SaleTerms, Undeserved } from '../../demo/books/refusals.ts'
import type { Faults } from '../../demo/books/tables.ts'
import type { OrderHistory, StockHistory } from './history.ts'
import { readOrderHistories } from './order-history.ts'
import { findIllegalOrder } from './order-model.ts'
import { askPorcupine, type PorcupineVerdict } from './porcupine.ts'
import { readStockHistory } from './stock-history.ts'
import { findIllegalStock } from './stock-model.ts'

export interface HistoryEvidence {
  readonly sales: readonly SaleTerms[]
  readonly faults: Faults
  /** The program that checks histories; without it only our own models do. */
  readonly porcupine?: string | undefined
  /** So long it may take for all; five minutes if not given. */
  readonly porcupineMs?: number
}

export interface HistoryVerdict {
  readonly checks: readonly Finding[]
  /** Those that porcupine finds illegal, to be looked into. */
  readonly illegal: readonly (StockHistory | OrderHistory)[]
  readonly counts: {
    /** Checked by our own models. */
    readonly stocks: number
    readonly orders: number
    /** Undefined if it was not there. */
    readonly porcupine: PorcupineCounts | undefined
  }
}

/** Histories of sales and of orders. */
export interface PorcupineCounts {
  /** Decided by porcupine. */
  readonly checked: number
  /** It could not decide them in time. */
  readonly unknown: number
  /** Not given to it: too long, too doubtful, or one of very many. */
  readonly left: number
  /** Operations of the longest that it decided. */
  readonly longest: number
}

const SHOWN_MAX = 10
/** Tried: of a counter that was refilled, some 900 operations with ten doubtful wishes take a second. */
const OPERATIONS_MAX = 1_000
const DOUBTFUL_MAX = 10
/** Those with the most operations, and of the others some from the beginning to the end. */
const STOCKS_MAX = { longest: 30, others: 70 } as const
const ORDERS_MAX = 500

/** Looks whether what was seen of each sale's stock and of each order can come from one such thing. */
export async function checkHistories(client: Client, evidence: HistoryEvidence): Promise<HistoryVerdict> {
  const { sales, faults, porcupine, porcupineMs } = evidence
  const illegalStocks: Undeserved[] = []
  const small: StockHistory[] = []
  for (const sale of sales) {
    const history = await readStockHistory(client, sale, faults)
    illegalStocks.push(...findIllegalStock(history).map((why) => ({ id: sale.saleId, why })))
    if (isSmall(history)) small.push(history)
  }
  const orders = await readOrderHistories(client)
  const illegalOrders = orders.flatMap((order) =>
    findIllegalOrder(order).map((why) => ({ id: order.orderId, why })),
  )
  const sample = [...pickStocks(small), ...spread(orders, ORDERS_MAX)]
  const verdicts = porcupine === undefined ? undefined : await askPorcupine(porcupine, sample, porcupineMs)
  const all = sales.length + orders.length
  return {
    checks: [
      toFinding("each sale's stock behaved as one counter", illegalStocks),
      toFinding('each order was read as one register', illegalOrders),
      ...(verdicts ? [judgeVerdicts(verdicts)] : []),
    ],
    illegal: sample.filter((_, index) => verdicts?.[index]?.verdict === 'illegal'),
    counts: {
      ...{ stocks: sales.length, orders: orders.length },
      porcupine: verdicts && { ...countVerdicts(verdicts, sample), left: all - sample.length },
    },
  }
}

/** What a search that is exponential in concurrency can decide in time. */
function isSmall({ operations }: StockHistory): boolean {
  const doubtful = operations.filter(({ kind, isDoubtful }) => isDoubtful && kind === 'take').length
  return operations.length > 0 && operations.length <= OPERATIONS_MAX && doubtful <= DOUBTFUL_MAX
}

function pickStocks(stocks: readonly StockHistory[]): StockHistory[] {
  const byLength = stocks.toSorted((a, b) => b.operations.length - a.operations.length)
  const longest = byLength.slice(0, STOCKS_MAX.longest)
  const others = stocks.filter((each) => !longest.includes(each))
  return [...longest, ...spread(others, STOCKS_MAX.others)]
}

/** So many of them, from the beginning to the end. */
function spread<T extends StockHistory | OrderHistory>(all: readonly T[], most: number): T[] {
  const every = Math.max(1, all.length / most)
  return all.filter((_, i) => Math.floor(i / every) !== Math.floor((i - 1) / every))
}

function judgeVerdicts(verdicts: readonly PorcupineVerdict[]): Finding {
  const illegal = verdicts.filter(({ verdict }) => verdict === 'illegal')
  return toFinding(
    'porcupine finds the histories of sales and orders linearizable',
    illegal.map(({ id, model }) => ({ id, why: model })),
  )
}

function countVerdicts(
  verdicts: readonly PorcupineVerdict[],
  histories: readonly (StockHistory | OrderHistory)[],
): Omit<PorcupineCounts, 'left'> {
  const decided = histories.filter((_, index) => verdicts[index]?.verdict !== 'unknown')
  return {
    checked: decided.length,
    unknown: histories.length - decided.length,
    longest: decided.reduce((most, { operations }) => Math.max(most, operations.length), 0),
  }
}

function toFinding(title: string, broken: readonly Undeserved[]): Finding {
  return { title, broken: broken.length, first: broken.slice(0, SHOWN_MAX) }
}
