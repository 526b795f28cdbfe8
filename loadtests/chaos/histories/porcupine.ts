import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import type { OrderHistory, StockHistory } from './history.ts'

export interface PorcupineVerdict {
  /** Of a sale or an order. */
  readonly id: string
  readonly model: 'stock' | 'order'
  /** `unknown`: not decided in time. */
  readonly verdict: 'legal' | 'illegal' | 'unknown'
}

/** For each history: the search is exponential in what happens at the same time. */
const EACH_LIMIT = '2s'
const ALL_MS = 600_000
/** The end of all times, as far as a number of JSON reaches. */
const NEVER = Number.MAX_SAFE_INTEGER

/**
 * Has histories checked by porcupine, a linearizability checker; `file` is the program built from
 * `porcupine/main.go`. Throws when it fails or takes longer than ten minutes.
 */
export async function askPorcupine(
  file: string,
  histories: readonly (StockHistory | OrderHistory)[],
): Promise<PorcupineVerdict[]> {
  const checker = spawn(file, [EACH_LIMIT], { stdio: ['pipe', 'pipe', 'inherit'], timeout: ALL_MS })
  // One that ends early says so by its exit.
  checker.stdin.on('error', () => undefined)
  checker.stdin.end(histories.map((history) => `${JSON.stringify(toLine(history))}\n`).join(''))
  const [said, [code]] = await Promise.all([text(checker.stdout), once(checker, 'close')])
  if (code !== 0) throw new Error(`porcupine ended with ${code}`)
  return said
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as PorcupineVerdict)
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
