import { runClosedLoop } from '../../generator/closed-loop.ts'
import { loopbackTarget } from '../../generator/loopback.ts'
import { buildRequest } from '../../generator/request.ts'
import { enterAsOperator } from '../../system/operator.ts'

export interface Calibration {
  /** Origins of the gateways. */
  readonly target: readonly string[]
}

const WARM_UP_MS = 1_500
const MEASURED_MS = 2_500
const CONNECTIONS = 32
const BUYERS = 2_000
/** Nobody pays or cancels here, nothing is broken, and the machine has nothing else to do. */
const SHARE = 0.01
const RATE = { least: 10, most: 1_000 } as const
/** One in five wins, as in the load. */
const UNITS_SHARE = 0.2
const ATTEMPTS_MAX = 100_000

/** Attempts a second that leave room for what follows from an order, and for mending what is broken. */
export async function calibrate({ target: [origin = ''] }: Calibration): Promise<number> {
  const target = loopbackTarget(origin)
  const operator = await enterAsOperator(origin)
  const buyers = await operator.hireBuyers(BUYERS)
  const units = Math.round(ATTEMPTS_MAX * UNITS_SHARE)
  const terms = { title: 'Calibration', limitPerUser: 1000, paymentWindowSeconds: 5 }
  const [open, soldOut] = await Promise.all([
    operator.openSale({ ...terms, units }),
    operator.openSale({ ...terms, units: 0 }),
  ])
  let number = 0
  const play = async (durationMs: number): Promise<number> => {
    const began = performance.now()
    const before = number
    await runClosedLoop({ target, connections: CONNECTIONS }, () => {
      if (performance.now() - began > durationMs || number >= ATTEMPTS_MAX) return undefined
      number += 1
      const buyer = buyers[number % buyers.length]
      const isWin = number % Math.round(1 / UNITS_SHARE) === 0
      const path = `/api/sales/${(isWin ? open : soldOut).saleId}/orders`
      const headers = {
        authorization: `Bearer ${buyer?.accessToken}`,
        'idempotency-key': `calibrate-${number}`,
      }
      const request = buildRequest(target, { method: 'POST', path, headers, body: '{"quantity":1}' })
      return { request, timeoutMs: 5_000, done: () => undefined }
    })
    return ((number - before) * 1000) / (performance.now() - began)
  }
  await play(WARM_UP_MS)
  const ratePerSecond = await play(MEASURED_MS)
  return Math.round(Math.min(RATE.most, Math.max(RATE.least, ratePerSecond * SHARE)))
}
