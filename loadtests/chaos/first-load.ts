import { setTimeout as sleep } from 'node:timers/promises'
import type { Target } from '../generator/loopback.ts'
import { drawArrivals, runOpenLoop } from '../generator/open-loop.ts'
import { drawInteger, seededRandom } from '../generator/random.ts'
import { buildRequest } from '../generator/request.ts'
import { enterAsOperator } from '../system/operator.ts'
import type { RunningSystem } from '../system/running-system.ts'

export async function startBaseLoad({
  system,
  target,
  seed,
  ratePerSecond,
}: {
  system: RunningSystem
  target: readonly Target[]
  seed: number
  ratePerSecond: number
}) {
  const operator = await enterAsOperator(system.url('gateway'))
  const { saleId } = await operator.openSale({
    title: 'x',
    units: 1_000_000,
    limitPerUser: 10,
    paymentWindowSeconds: 600,
  })
  const buyers = await operator.hireBuyers(10_000)
  const random = seededRandom(seed)
  let attempts = 0
  const acks: { sent: number; at: number; orderId: string }[] = []
  let stopped = false
  function* arrivals() {
    for (const at of drawArrivals(random, ratePerSecond, 3_600_000)) {
      if (stopped) return
      yield at
    }
  }
  const running = runOpenLoop({ target, connections: 16, connectionsMax: 512 }, arrivals(), () => {
    attempts += 1
    const buyer = buyers[drawInteger(random, buyers.length)]
    const sent = Date.now()
    return {
      request: buildRequest(target[0] as Target, {
        method: 'POST',
        path: `/api/sales/${saleId}/orders`,
        headers: { authorization: `Bearer ${buyer?.accessToken}`, 'idempotency-key': `k${attempts}` },
        body: '{"quantity":1}',
      }),
      timeoutMs: 5000,
      done(o) {
        if ('failure' in o) return
        if (o.status === 201)
          acks.push({ sent, at: Date.now(), orderId: JSON.parse(o.body.toString()).orderId })
      },
    }
  })
  running.catch(() => undefined)
  return {
    counts: () => ({ attempts, acknowledged: acks.length }),
    firstAckAfter: (at: number) => {
      for (let i = acks.length - 1, f: number | undefined; ; i--) {
        const a = acks[i]
        if (!a || a.at < at - 1000) return f
        if (a.sent > at) f = a.at
      }
    },
    async finish() {
      stopped = true
      await running
      await sleep(500)
    },
  }
}
export async function calibrate(): Promise<number> {
  return 100
}
