import type { Log } from '@stampede/kit/log'
import type { Gate } from '../adapters/gate-redis.ts'
import type { LeaveMark } from '../adapters/mark-redis.ts'
import type { Sales } from '../adapters/sales-prisma.ts'
import { readCurrent } from './current-sales.ts'

export interface PutBackDeps {
  readonly gate: Gate
  readonly sales: Sales
  /** Whether the gate's Redis still has what it had at the last look. */
  readonly leaveMark: LeaveMark
  readonly everyMs: number
  readonly log: Log
}

/**
 * Sees that the gate's Redis was put back as a whole to an earlier state, and then shuts the gates of all
 * current sales: no view that stood there is believed, and all goes on as after a loss, which every claim and
 * the reconciler see by themselves. Each process looks on its own, as each has a mark of its own.
 */
export function openPutBackWatch({ gate, sales, leaveMark, everyMs, log }: PutBackDeps) {
  let isPutBack = false
  let failing = false
  let closed = false
  let timer: NodeJS.Timeout | undefined
  let looking = look()

  async function look(): Promise<void> {
    try {
      if (!(await leaveMark())) isPutBack = true
      if (isPutBack) log.warn({ shut: await shutAll() }, "the gate's Redis was put back")
      isPutBack = false
      failing = false
    } catch (error) {
      if (!failing) log.warn({ err: error, isPutBack }, "the gate's Redis cannot be looked at; trying on")
      failing = true
    }
    if (closed) return
    timer = setTimeout(() => {
      looking = look()
    }, everyMs)
  }

  /** How many sales. A view that is loaded meanwhile may be shut once more: it is only loaded again. */
  async function shutAll(): Promise<number> {
    let count = 0
    for await (const some of readCurrent(sales)) {
      await Promise.all(some.map(({ saleId }) => gate.shut(saleId)))
      count += some.length
    }
    return count
  }

  return {
    async close(): Promise<void> {
      closed = true
      clearTimeout(timer)
      await looking
    },
  }
}
