import { resolve } from 'node:path'
import type { FunctionEvent } from '@stampede/contracts/functions'
import { newId } from '@stampede/contracts/ids'
import { openRuntime } from '../../services/functions/src/adapters/runtime-piscina.ts'

// Calls a function in a process of its own, so that its CPU is that of the calls and of nothing else.

/** What the process is told: threads kept warm (0: each call starts one), and for how long to call. */
export interface FunctionsOrder {
  readonly threads: number
  readonly callers: number
  readonly warmUpCalls: number
  readonly ms: number
  readonly compileCache: string
}

export interface FunctionsSample {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly cpuUs: number
}

const DIR = resolve(import.meta.dirname, '../../services/functions/src/functions')
const CALL_MS = 10_000
const PAID: FunctionEvent = {
  specversion: '1.0',
  id: 'bench.paid',
  source: 'urn:stampede:order',
  type: 'order.paid',
  time: '2026-01-01T00:00:00.000Z',
  subject: newId(),
  datacontenttype: 'application/json',
  data: {
    ...{ orderId: newId(), saleId: newId(), userId: newId(), quantity: 1, version: 2 },
    ...{ paymentId: newId(), totalCents: 9_900, currency: 'EUR' },
  },
}

process.once('message', async (order: FunctionsOrder) => {
  process.send?.(await measure(order))
  process.disconnect()
})

async function measure(order: FunctionsOrder): Promise<FunctionsSample> {
  const { threads, callers, warmUpCalls, ms, compileCache } = order
  const runtime = openRuntime({ dir: DIR, threads, callMs: CALL_MS, waitingMax: callers, compileCache })
  const tookMs: number[] = []
  async function call(): Promise<void> {
    const since = performance.now()
    const ran = await runtime.run('coupon', PAID, { results: {} })
    if (ran === 'full' || 'failed' in ran) throw new Error(`a call failed: ${JSON.stringify(ran)}`)
    tookMs.push(performance.now() - since)
  }
  async function callOn(goesOn: () => boolean): Promise<void> {
    while (goesOn()) await call()
  }
  const all = (goesOn: () => boolean) => Promise.all(Array.from({ length: callers }, () => callOn(goesOn)))
  await all(() => tookMs.length < warmUpCalls)
  tookMs.length = 0
  const [since, cpu] = [performance.now(), process.cpuUsage()]
  await all(() => performance.now() - since < ms)
  const [passedMs, { user, system }] = [performance.now() - since, process.cpuUsage(cpu)]
  await runtime.close()
  const sorted = tookMs.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN
  return {
    perSecond: (sorted.length / passedMs) * 1_000,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    cpuUs: (user + system) / sorted.length,
  }
}
