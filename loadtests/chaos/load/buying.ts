import type { PlacedOrder } from '@stampede/contracts/orders'
import type { Winner } from '../../demo/desk.ts'
import { openErrands } from '../../demo/errands.ts'
import type { Journal, SaleEntry } from '../../demo/journal.ts'
import { openThinned, type Won } from '../../demo/read-back.ts'
import { drawInteger, type Random } from '../../generator/random.ts'
import { openAcks } from './acks.ts'
import { openPatience } from './patience.ts'
import type { Reply, Wire } from './wire.ts'
import type { Behaviour } from './wishes.ts'

export interface BuyingMeans {
  readonly wire: Wire
  /** Origins of the gateways, as for the wire. */
  readonly origins: readonly string[]
  readonly journal: Journal
  readonly random: Random
}

/** Somebody's wish to buy. All its sendings carry one key. */
export interface Wish {
  readonly sale: SaleEntry
  readonly buyer: Winner
  readonly key: string
  readonly behaviour: Behaviour
}

/** Sends wishes and what follows from them, and writes down all of it. */
export interface Buying {
  begin(wish: Wish): void
  counts(): { readonly attempts: number; readonly acknowledged: number }
  /** When the first wish of which nothing was sent before `at` was answered 201. */
  firstAckAfter(at: number): number | undefined
  /** Orders that were acknowledged: some thousand, from the first to the last. */
  won(): readonly Won[]
  /** Waits until all are answered and who is patient has a decision; false when that takes longer. */
  allDone(limitMs: number): Promise<boolean>
}

interface Open extends Wish {
  /** Of its first sending. */
  readonly begunAt: number
  won: boolean
}

const WAIT_MS = 50
const WON_MAX = 4_000

export function openBuying({ wire, origins, journal, random }: BuyingMeans): Buying {
  const errands = openErrands(() => origins[drawInteger(random, origins.length)] as string, journal)
  const patience = openPatience(random)
  const acks = openAcks()
  const won = openThinned<Won>(WON_MAX)
  let attempts = 0
  let acknowledged = 0
  let underway = 0

  function later(afterMs: number, work: () => void): void {
    underway += 1
    setTimeout(() => {
      underway -= 1
      work()
    }, afterMs)
  }

  async function attempt(open: Open, quantity: number, tries: number): Promise<void> {
    attempts += 1
    underway += 1
    const reply = await sendWish({ wire, journal, random }, open, quantity)
    underway -= 1
    if (reply.status === 201) win(open, reply)
    else if (!open.behaviour.isImpatient && !isDecided(reply))
      patience.wait(tries, () => void attempt(open, quantity, tries + 1))
  }

  function win(open: Open, { body }: Reply): void {
    if (open.won || body === undefined) return
    open.won = true
    // A repeat may be answered with an order that was made before something broke: only a wish whose first
    // sending came after it shows that one can buy.
    acks.add(open.begunAt, Date.now())
    acknowledged += 1
    const { key, behaviour, buyer } = open
    const placed = JSON.parse(body) as PlacedOrder
    won.add({ orderId: placed.orderId, winner: buyer })
    errands.begin({ ...behaviour, key }, placed, buyer)
  }

  return {
    begin(wish) {
      const open: Open = { ...wish, begunAt: Date.now(), won: false }
      const { quantity, twin } = wish.behaviour
      void attempt(open, quantity, 0)
      if (twin) later(twin.afterMs, () => void attempt(open, twin.quantity, 0))
    },
    counts: () => ({ attempts, acknowledged }),
    firstAckAfter: acks.firstAfter,
    won: won.kept,
    async allDone(limitMs) {
      const deadline = performance.now() + limitMs
      while (underway > 0 || patience.waiting > 0) {
        if (performance.now() > deadline) return false
        await new Promise((due) => setTimeout(due, WAIT_MS))
      }
      const late = new Promise<boolean>((due) => {
        setTimeout(() => due(false), Math.max(0, deadline - performance.now())).unref()
      })
      return Promise.race([errands.allDone().then(() => true), late])
    },
  }
}

function isDecided({ status }: Reply): boolean {
  return status !== 0 && status !== 429 && status < 500
}

/** Sends it to any of the gateways, and writes down both the sending and the answer. */
async function sendWish(
  { wire, journal, random }: Omit<BuyingMeans, 'origins'>,
  { sale, buyer, key, behaviour }: Wish,
  quantity: number,
): Promise<Reply> {
  const kind = behaviour.twin ? 'same-key-later' : 'plain'
  const { userId, accessToken } = buyer
  const who = { saleId: sale.saleId, userId, key, quantity, sentAt: Date.now() }
  const told = journal.begin({ entry: 'attempt', phase: 'faults', kind, ...who })
  const began = performance.now()
  const reply = await wire.send(drawInteger(random, wire.gateways), {
    method: 'POST',
    path: `/api/sales/${sale.saleId}/orders`,
    headers: { authorization: `Bearer ${accessToken}`, 'idempotency-key': key },
    body: `{"quantity":${quantity}}`,
  })
  told({ tookMs: Math.round((performance.now() - began) * 1000) / 1000, ...reply })
  return reply
}
