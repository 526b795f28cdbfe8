import { setTimeout as sleep } from 'node:timers/promises'

export interface PurchaseOptions {
  /** The gateway's origin. */
  readonly url: string
  readonly saleId: string
  readonly accessToken: string
}

const TRIES_MAX = 100
const PAUSE_MS = 100
const CALL_MS = 10_000
const LATER = [408, 425, 429, 500, 502, 503, 504]

/** Buys one unit and pays for it, as often as it takes, under the same keys. Returns the order's trace. */
export async function buyAndPay({ url, saleId, accessToken }: PurchaseOptions): Promise<string> {
  const path = `${url}/api/sales/${saleId}/orders`
  const { orderId, traceId } = await insist<Placed>(path, accessToken, { quantity: 1 })
  await insist(`${url}/api/orders/${orderId}/payment`, accessToken, { method: 'sandbox' })
  return traceId
}

interface Placed {
  readonly orderId: string
  readonly traceId: string
}

async function insist<T>(path: string, accessToken: string, body: object): Promise<T> {
  const headers = {
    authorization: `Bearer ${accessToken}`,
    'content-type': 'application/json',
    'idempotency-key': 'followed',
  }
  for (let tries = 1; ; tries++) {
    const answer = await fetch(path, {
      ...{ method: 'POST', headers, body: JSON.stringify(body) },
      signal: AbortSignal.timeout(CALL_MS),
    }).catch(() => undefined)
    if (answer?.ok) return (await answer.json()) as T
    if (tries === TRIES_MAX || (answer && !LATER.includes(answer.status))) {
      throw new Error(`${path}: ${answer ? `${answer.status} ${await answer.text()}` : 'no answer'}`)
    }
    await sleep(PAUSE_MS)
  }
}
