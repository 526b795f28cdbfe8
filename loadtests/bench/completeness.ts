import { styleText } from 'node:util'
import { type Hop, PURCHASE_HOPS } from '@stampede/contracts/telemetry'
import { spanIdOf } from '@stampede/kit/tracing/span-id'
import pLimit from 'p-limit'
import { enterAsOperator } from '../system/operator.ts'
import { untilAtRest } from '../system/rest.ts'
import type { RunningSystem } from '../system/running-system.ts'
import { buyAndPay } from './purchase.ts'

const PURCHASES = 2_000
const AT_ONCE = 16
const REST_MS = 120_000
/** The last spans are on their way for less than this. */
const SPANS_MS = 2_000
const ASKS_AT_ONCE = 8

/** One whose trace backend is its part `jaeger`. */
export interface TracedSystem extends RunningSystem {
  kill(name: string): Promise<void>
  restart(name: string): Promise<void>
  close(): Promise<void>
}

/** How many of the traces of purchases were whole. */
export interface Completeness {
  readonly what: string
  readonly count: number
  readonly whole: number
  /** How many traces lacked each hop. */
  readonly missing: Readonly<Partial<Record<Hop, number>>>
}

/** What goes wrong in the middle of it. */
const TROUBLES: readonly {
  readonly what: string
  readonly happen: (system: TracedSystem) => Promise<void>
}[] = [
  { what: 'undisturbed', happen: async () => undefined },
  { what: 'an order worker killed', happen: (system) => system.kill('order-2') },
  { what: 'Kafka restarted', happen: (system) => system.restart('kafka') },
]

/** Sends purchases of which all traces are kept, and asks the backend for them. */
export async function measureCompleteness(
  { say }: { say(line: string): void },
  open: () => Promise<TracedSystem>,
): Promise<Completeness[]> {
  const system = await open()
  try {
    const all: Completeness[] = []
    for (const { what, happen } of TROUBLES) {
      const traceIds = await sellThrough(system, () => happen(system))
      const seen = await lookAt(system.url('jaeger'), traceIds)
      all.push({ what, ...seen })
      say(`traces, ${what}: ${seen.whole} of ${seen.count} whole`)
    }
    return all
  } finally {
    await system.close()
  }
}

/** Purchases that are paid and followed to their end; returns their traces. `trouble` comes half-way. */
async function sellThrough(system: TracedSystem, trouble: () => Promise<void>): Promise<string[]> {
  const url = system.url('gateway')
  const operator = await enterAsOperator(url)
  const buyers = await operator.hireBuyers(PURCHASES)
  const { saleId } = await operator.openSale({
    ...{ title: 'Followed', units: PURCHASES, limitPerUser: 1, paymentWindowSeconds: 3_600 },
  })
  const few = pLimit(AT_ONCE)
  let happened: Promise<void> | undefined
  const traceIds = await Promise.all(
    buyers.map(({ accessToken }, i) =>
      few(async () => {
        if (i === PURCHASES / 2) happened = trouble()
        return buyAndPay({ url, saleId, accessToken })
      }),
    ),
  )
  await happened
  const restless = await untilAtRest(system, { runOut: [saleId], saleIds: [saleId], limitMs: REST_MS })
  if (restless) throw new Error(`not at rest after ${REST_MS / 1_000} s: ${restless}`)
  await new Promise((resolve) => setTimeout(resolve, SPANS_MS))
  return traceIds
}

async function lookAt(backend: string, traceIds: readonly string[]): Promise<Omit<Completeness, 'what'>> {
  const few = pLimit(ASKS_AT_ONCE)
  const missing: Partial<Record<Hop, number>> = {}
  let whole = 0
  await Promise.all(
    traceIds.map((traceId) =>
      few(async () => {
        const seen = await spansOf(backend, traceId)
        const lacking = PURCHASE_HOPS.filter((hop) => !seen.has(spanIdOf(traceId, hop)))
        if (lacking.length === 0) whole += 1
        for (const hop of lacking) missing[hop] = (missing[hop] ?? 0) + 1
      }),
    ),
  )
  return { count: traceIds.length, whole, missing }
}

async function spansOf(backend: string, traceId: string): Promise<Set<string>> {
  const answer = await fetch(`${backend}/api/traces/${traceId}`, { signal: AbortSignal.timeout(10_000) })
  if (answer.status === 404) return new Set()
  const { data } = (await answer.json()) as { data: { spans: { spanID: string }[] }[] | null }
  return new Set(data?.flatMap(({ spans }) => spans.map(({ spanID }) => spanID)))
}

export function writeCompleteness(all: readonly Completeness[]): string[] {
  if (all.length === 0) return []
  const lines = all.flatMap(({ what, count, whole, missing }) => [
    `  ${what.padEnd(26)}${`${whole} of ${count}`.padStart(16)}`,
    ...Object.entries(missing).map(([hop, times]) => `    ${hop} is missing in ${times}`),
  ])
  return ['', styleText('bold', `${'Traces'.padEnd(28)}${'whole'.padStart(16)}`), ...lines]
}
