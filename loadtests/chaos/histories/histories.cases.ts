import type { OrderHistory, OrderOperation, StockHistory, StockOperation } from './history.ts'

// Histories that one counter, or one register, can have made, and such that none can. For every checker.

export interface StockCase {
  readonly what: string
  readonly history: StockHistory
}

export interface OrderCase {
  readonly what: string
  readonly history: OrderHistory
}

const T = 1_700_000_000_000

/** Units of a holding are taken, or given back, between two moments (ms); without the second, for ever. */
function move(kind: 'take' | 'free', id: string, [call, end]: readonly [number, number?]): StockOperation {
  return {
    ...{ kind, id, quantity: 1, isDoubtful: false },
    call: T + call,
    return: end === undefined ? undefined : T + end,
  }
}

function refuse(call: number, end: number): StockOperation {
  return { kind: 'refuse', id: 'r', quantity: 1, isDoubtful: false, call: T + call, return: T + end }
}

function doubt(operation: StockOperation): StockOperation {
  return { ...operation, isDoubtful: true }
}

function sale(units: number, operations: readonly StockOperation[]): StockHistory {
  return { saleId: 's', units, operations }
}

const BOTH = [move('take', 'a', [0, 10]), move('take', 'b', [5, 20])]

export const LEGAL_STOCKS: readonly StockCase[] = [
  { what: 'all is sold, then refused', history: sale(2, [...BOTH, refuse(30, 40)]) },
  { what: 'a refusal that overlaps with what took the last unit', history: sale(2, [...BOTH, refuse(0, 6)]) },
  {
    what: 'a unit that came back is sold again',
    history: sale(2, [...BOTH, move('free', 'a', [30, 90]), move('take', 'c', [40, 50]), refuse(60, 70)]),
  },
  {
    what: 'a unit nobody heard of was held by somebody',
    history: sale(1, [doubt(move('take', 'a', [0])), refuse(20, 30)]),
  },
  {
    what: 'a unit nobody heard of was free',
    history: sale(1, [doubt(move('take', 'a', [0])), move('take', 'b', [20, 30])]),
  },
  {
    what: 'a unit nobody heard of was held, and came back',
    history: sale(1, [
      ...[doubt(move('take', 'a', [0, 50])), doubt(move('free', 'a', [0, 50]))],
      ...[refuse(20, 30), move('take', 'b', [40, 60])],
    ]),
  },
]

export const ILLEGAL_STOCKS: readonly StockCase[] = [
  { what: 'more than there was', history: sale(1, BOTH) },
  {
    what: 'a unit sold again before it can have come back',
    history: sale(2, [...BOTH, move('take', 'c', [25, 28]), move('free', 'a', [30, 90])]),
  },
  { what: 'refused while a unit was left', history: sale(3, [...BOTH, refuse(30, 40)]) },
  { what: 'refused before anybody can have taken it', history: sale(2, [...BOTH, refuse(0, 4)]) },
  {
    what: 'refused after it must have come back',
    history: sale(2, [...BOTH, move('free', 'a', [30, 50]), refuse(60, 70)]),
  },
  {
    what: 'refused for a unit nobody heard of that must have come back',
    history: sale(1, [
      ...[doubt(move('take', 'a', [0, 50])), doubt(move('free', 'a', [0, 50]))],
      refuse(60, 70),
    ]),
  },
]

function step(version: number, call: number, end?: number): OrderOperation {
  return { kind: 'step', version, call: T + call, return: end === undefined ? undefined : T + end }
}

function read(version: number, call: number, end: number): OrderOperation {
  return { kind: 'read', version, call: T + call, return: T + end }
}

function order(...operations: readonly OrderOperation[]): OrderHistory {
  return { orderId: 'o', operations }
}

export const LEGAL_ORDERS: readonly OrderCase[] = [
  { what: 'read as it was placed', history: order(read(0, 0, 5)) },
  { what: 'read before and after', history: order(read(0, 0, 5), step(1, 10), read(1, 20, 30)) },
  { what: 'an answer on its way while it changes', history: order(step(1, 10), read(0, 5, 30)) },
  { what: 'a step nobody heard of, seen late', history: order(step(1, 0), read(0, 40, 50), read(1, 60, 70)) },
]

export const ILLEGAL_ORDERS: readonly OrderCase[] = [
  { what: 'backwards', history: order(step(1, 0), read(1, 10, 20), read(0, 30, 40)) },
  { what: 'stale after the buyer was told', history: order(step(1, 0, 10), read(0, 20, 30)) },
  { what: 'seen before it happened', history: order(step(1, 50), read(1, 0, 10)) },
  { what: 'a version that never was', history: order(step(1, 0), read(2, 10, 20)) },
]
