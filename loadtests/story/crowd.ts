import { once } from 'node:events'
import type { PlacedOrder } from '@stampede/contracts/orders'
import type { Attempt } from '../generator/closed-loop.ts'
import type { Outcome } from '../generator/connection.ts'
import { loopbackTarget, type Target } from '../generator/loopback.ts'
import { runOpenLoop } from '../generator/open-loop.ts'
import { buildRequest } from '../generator/request.ts'
import { readCode } from '../generator/tally.ts'
import type { CrowdOrder, CrowdWord, Told } from './journal.ts'

// The buyers of one sale, in a process of their own: each attempt leaves at its time, whatever is answered.

const TIMEOUT_MS = 10_000
const CONNECTIONS = { atStart: 512, max: 2048 } as const

const [{ urls, saleId, buyers, plan }] = (await once(process, 'message')) as [CrowdOrder]
process.on('disconnect', () => process.exit(0))

const targets = urls.map(loopbackTarget)
const [first] = targets as [Target]
const told: Told[] = []
// Written in advance: what the generator does between two attempts makes it late.
const attempts = plan.map(({ buyer, key }): Attempt => {
  const { userId = '', accessToken = '' } = buyers[buyer] ?? {}
  const headers = { authorization: `Bearer ${accessToken}`, 'idempotency-key': key }
  const path = `/api/sales/${saleId}/orders`
  return {
    request: buildRequest(first, { method: 'POST', path, headers, body: '{"quantity":1}' }),
    timeoutMs: TIMEOUT_MS,
    done: (outcome, tookMs) => told.push({ userId, key, tookMs, ...read(outcome) }),
  }
})
let at = 0
const lateness = await runOpenLoop(
  {
    target: targets,
    connections: Math.min(CONNECTIONS.atStart, plan.length),
    connectionsMax: CONNECTIONS.max,
    async onReady() {
      const go = once(process, 'message')
      tell({ ready: true })
      await go
    },
  },
  plan.map(({ atMs }) => atMs),
  () => attempts[at++],
)
tell({ journal: { told, lateness } })

function read(outcome: Outcome): Pick<Told, 'status' | 'code' | 'orderId'> {
  if ('failure' in outcome) return { status: 0, code: outcome.failure }
  const { status, body } = outcome
  if (status === 201) return { status, orderId: (JSON.parse(body.toString()) as PlacedOrder).orderId }
  return status < 300 ? { status } : { status, code: readCode(body) ?? 'none' }
}

function tell(word: CrowdWord): void {
  process.send?.(word)
}
