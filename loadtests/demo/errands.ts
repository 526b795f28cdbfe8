import type { Order, PlacedOrder } from '@stampede/contracts/orders'
import { type Desk, openDesk, type Winner } from './desk.ts'
import type { Journal } from './journal.ts'
import type { Paying, Step } from './step.ts'

/** What winners do with their orders: look at them, cancel them, pay them, give them back. */
export interface Errands {
  /** This order was won, for the first time. */
  begin(plans: Plans, { orderId }: Pick<PlacedOrder, 'orderId'>, winner: Winner): void
  allDone(): Promise<void>
}

const LOOKS_MAX = 7
const LOOK_EVERY_MS = 800
/** A repeat that finds its payment or refund further on. */
const REPEAT_AFTER_MS = 700

/** What of a step its winner does with the order; `key` is that of the wish. */
export type Plans = Pick<Step, 'key' | 'reads' | 'cancelAfterMs' | 'paying'> & {
  /** How often it looks at the order, now and then. */
  readonly watches?: number
}

/** `urlOf` names the origin of a gateway for each request. */
export function openErrands(urlOf: () => string, journal: Journal): Errands {
  const running = new Set<Promise<void>>()
  const deskOf = openDesk(urlOf, journal)

  function track(errand: Promise<void>): void {
    const begun = errand.finally(() => running.delete(begun))
    running.add(begun)
  }

  return {
    begin({ key, reads, watches, cancelAfterMs, paying }, { orderId }, winner) {
      const desk = deskOf(orderId, winner)
      if (reads) track(look(desk))
      if (watches) track(watch(desk, watches))
      if (cancelAfterMs !== undefined) track(cancel(desk, cancelAfterMs))
      if (paying) track(pay(desk, paying, key))
    },
    async allDone() {
      while (running.size > 0) await Promise.all(running)
    },
  }
}

async function look(desk: Desk): Promise<void> {
  await desk.ask({ entry: 'read' })
}

async function watch(desk: Desk, times: number): Promise<void> {
  for (let looks = 0; looks < times; looks++) {
    await pause(LOOK_EVERY_MS)
    await look(desk)
  }
}

async function cancel(desk: Desk, afterMs: number): Promise<void> {
  await pause(afterMs)
  await desk.ask({ entry: 'cancel' })
}

async function pay(desk: Desk, paying: Paying, key: string): Promise<void> {
  const { afterMs, outcome, delayMs, repeats, again, refundAfterMs } = paying
  const wish = { entry: 'pay', key, outcome, ...(delayMs !== undefined && { delayMs }) } as const
  await pause(afterMs)
  await send(() => desk.ask(wish), repeats)
  if (again && outcome === 'fail') {
    if (!(await become(desk, ({ payment }) => payment?.state === 'failed'))) return
    await desk.ask({ entry: 'pay', key: `${key}-again`, outcome: 'succeed' })
  }
  if (refundAfterMs === undefined || !(await become(desk, ({ state }) => state === 'paid'))) return
  await pause(refundAfterMs)
  await send(() => desk.ask({ entry: 'refund', key: `${key}-back` }), repeats)
}

/** Once; or twice at once, and again a little later. */
async function send(ask: () => Promise<unknown>, repeats: boolean): Promise<void> {
  await Promise.all(repeats ? [ask(), ask()] : [ask()])
  if (!repeats) return
  await pause(REPEAT_AFTER_MS)
  await ask()
}

/** Looks at the order until it is as the buyer waits for it; false when that does not come. */
async function become(desk: Desk, isSo: (order: Order) => boolean): Promise<boolean> {
  for (let looks = 0; looks < LOOKS_MAX; looks++) {
    await pause(LOOK_EVERY_MS)
    const { status, body } = await desk.ask({ entry: 'read' })
    const order = status === 200 ? (JSON.parse(body) as Order) : undefined
    if (order && isSo(order)) return true
    if (order && isOver(order)) return false
  }
  return false
}

function isOver({ state, payment }: Order): boolean {
  return state === 'cancelled' || payment?.state === 'failed' || payment?.state === 'refunded'
}

function pause(ms: number): Promise<void> {
  return new Promise((due) => setTimeout(due, ms))
}
