import type { PlacedOrder } from '@stampede/contracts/orders'
import { readCode } from '../generator/tally.ts'
import type { Journal, OrderEntry } from './journal.ts'
import type { Step } from './step.ts'

/** What winners do with their orders: look at them, cancel them. */
export interface Errands {
  /** The step won this order, for the first time. */
  begin(step: Step, order: PlacedOrder): void
  allDone(): Promise<void>
}

export interface Winner {
  readonly userId: string
  readonly accessToken: string
}

interface Errand {
  readonly entry: OrderEntry['entry']
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly afterMs: number
}

const PATIENCE_MS = 10_000

/** `url` is the gateway's origin. */
export function openErrands(url: string, journal: Journal, winnerOf: (step: Step) => Winner): Errands {
  const running = new Set<Promise<void>>()

  async function run({ entry, method, path, afterMs }: Errand, step: Step, orderId: string): Promise<void> {
    await new Promise((due) => setTimeout(due, afterMs))
    const { userId, accessToken } = winnerOf(step)
    const sentAt = Date.now()
    const { status, body } = await ask(url + path, method, accessToken)
    const code = status >= 400 ? readCode(Buffer.from(body)) : undefined
    journal.write({ entry, orderId, userId, sentAt, status, body, ...(code && { code }) })
  }

  return {
    begin(step, { orderId }) {
      for (const errand of errandsOf(step, `/api/orders/${orderId}`)) {
        const begun = run(errand, step, orderId).finally(() => running.delete(begun))
        running.add(begun)
      }
    },
    async allDone() {
      while (running.size > 0) await Promise.all(running)
    },
  }
}

function errandsOf({ reads, cancelAfterMs }: Step, path: string): Errand[] {
  const errands: Errand[] = []
  if (reads) errands.push({ entry: 'read', method: 'GET', path, afterMs: 0 })
  if (cancelAfterMs !== undefined) {
    errands.push({ entry: 'cancel', method: 'POST', path: `${path}/cancel`, afterMs: cancelAfterMs })
  }
  return errands
}

async function ask(url: string, method: string, token: string): Promise<{ status: number; body: string }> {
  const headers = { authorization: `Bearer ${token}` }
  try {
    const answer = await fetch(url, { method, headers, signal: AbortSignal.timeout(PATIENCE_MS) })
    return { status: answer.status, body: await answer.text() }
  } catch {
    return { status: 0, body: '' }
  }
}
