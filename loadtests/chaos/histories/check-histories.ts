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
}

export interface HistoryVerdict {
  readonly checks: readonly Finding[]
  readonly counts: {
    /** Checked by our own models. */
    readonly stocks: number
    readonly orders: number
    /** Checked by porcupine, and those it could not decide in time; undefined if it was not there. */
    readonly porcupine: { readonly checked: number; readonly unknown: number } | undefined
  }
}

const SHOWN_MAX = 10
const OPERATIONS_MAX = 250
const DOUBTFUL_MAX = 10
const STOCKS_MAX = 100
const ORDERS_MAX = 500

/** Looks whether what was seen of each sale's stock and of each order can come from one such thing. */
export async function checkHistories(client: Client, evidence: HistoryEvidence): Promise<HistoryVerdict> {
  const { sales, faults, porcupine } = evidence
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
  const sample = [...spread(small, STOCKS_MAX), ...spread(orders, ORDERS_MAX)]
  const verdicts = porcupine === undefined ? undefined : await askPorcupine(porcupine, sample)
  return {
    checks: [
      toFinding("each sale's stock behaved as one counter", illegalStocks),
      toFinding('each order was read as one register', illegalOrders),
      ...(verdicts ? [judgeVerdicts(verdicts)] : []),
    ],
    counts: { stocks: sales.length, orders: orders.length, porcupine: verdicts && countVerdicts(verdicts) },
  }
}

/** What a search that is exponential in concurrency can decide in time. */
function isSmall({ operations }: StockHistory): boolean {
  const doubtful = operations.filter(({ kind, isDoubtful }) => isDoubtful && kind === 'take').length
  return operations.length > 0 && operations.length <= OPERATIONS_MAX && doubtful <= DOUBTFUL_MAX
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

function countVerdicts(verdicts: readonly PorcupineVerdict[]) {
  const unknown = verdicts.filter(({ verdict }) => verdict === 'unknown').length
  return { checked: verdicts.length, unknown }
}

function toFinding(title: string, broken: readonly Undeserved[]): Finding {
  return { title, broken: broken.length, first: broken.slice(0, SHOWN_MAX) }
}
