import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import type { OrderHistory, StockHistory } from './history.ts'

export interface PorcupineVerdict {
  /** Of a sale or an order. */
  readonly id: string
  readonly model: 'stock' | 'order'
  /** `unknown`: not decided in time, or nothing was said of it. */
  readonly verdict: 'legal' | 'illegal' | 'unknown'
}

/** For each history: the search is exponential in what happens at the same time. */
const EACH_LIMIT = '2s'
const ALL_MS = 300_000
/** The end of all times, as far as a number of JSON reaches. */
const NEVER = Number.MAX_SAFE_INTEGER

/**
 * Has histories checked by porcupine, a linearizability checker; `file` is the program built from
 * `porcupine/main.go`. A verdict for each, in order; who was not reached in five minutes, or before the
 * program was ended from outside, is unknown. Throws when it fails by itself.
 */
export async function askPorcupine(
  file: string,
  histories: readonly (StockHistory | OrderHistory)[],
  allMs = ALL_MS,
): Promise<PorcupineVerdict[]> {
  const limits = { timeout: allMs, killSignal: 'SIGKILL' } as const
  const checker = spawn(file, [EACH_LIMIT], { stdio: ['pipe', 'pipe', 'inherit'], ...limits })
  // One that ends early says so by its exit.
  checker.stdin.on('error', () => undefined)
  checker.stdin.end(histories.map((history) => `${JSON.stringify(toLine(history))}\n`).join(''))
  const [said, [code]] = await Promise.all([text(checker.stdout), once(checker, 'close')])
  if (code !== 0 && code !== null) throw new Error(`porcupine ended with ${code}`)
  // The last line of one that was killed may be half a line; that of one that was not is empty.
  const verdicts = said
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as PorcupineVerdict)
  return histories.map((history, index) => verdicts[index] ?? { ...nameOf(history), verdict: 'unknown' })
}

function nameOf(history: StockHistory | OrderHistory): Pick<PorcupineVerdict, 'id' | 'model'> {
  return 'orderId' in history
    ? { id: history.orderId, model: 'order' }
    : { id: history.saleId, model: 'stock' }
}

function toLine(history: StockHistory | OrderHistory) {
  if ('orderId' in history) {
    const ops = history.operations.map(({ kind, version, ...times }) => ({
      kind,
      version,
      ...toTimes(times),
    }))
    return { model: 'order', id: history.orderId, ops }
  }
  const ops = history.operations.map(({ kind, id, quantity, isDoubtful, ...times }) => ({
    ...{ kind, id, quantity, doubtful: isDoubtful },
    ...toTimes(times),
  }))
  return { model: 'stock', id: history.saleId, units: history.units, ops }
}

/** In microseconds. */
function toTimes({ call, return: end }: { readonly call: number; readonly return: number | undefined }) {
  return { call: Math.round(call * 1000), return: end === undefined ? NEVER : Math.round(end * 1000) }
}
