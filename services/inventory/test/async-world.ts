import { randomBytes } from 'node:crypto'
import { after } from 'node:test'
import type { Claim } from '@stampede/contracts/claims'
import type { Variant } from '@stampede/contracts/sales'
import { Gate } from '../src/adapters/gate-redis.ts'
import { openPlaceOrder, type PlaceOrder } from '../src/adapters/place-order-bullmq.ts'
import { Wishes } from '../src/adapters/wishes-redis.ts'
import { openAsync } from '../src/stages/async.ts'
import type { QueuedDeps } from '../src/stages/queued-stage.ts'
import type { Stage } from '../src/stages/stage.ts'
import { openStory, until, word } from './fixture.ts'

/** Short, so that the jobs of a worker that was killed are soon another one's. */
const LOCK_MS = 500
const CLOSE_MS = 50

/**
 * The stage *async* on real engines, with a queue of its own. `another` opens the stage once more, as a
 * second process would.
 */
export async function openAsyncWorld(variant: Variant, own: Partial<QueuedDeps> = {}) {
  const prefix = `t${randomBytes(4).toString('hex')}`
  let another: (own?: Partial<QueuedDeps>) => Stage = () => assertOpened()
  let opened: { gate: Gate; wishes: Wishes; placeOrder: PlaceOrder } | undefined
  const story = await openStory(async (deps, urls) => {
    const { log } = deps
    const gate = new Gate({ url: urls.REDIS_GATE_URL, log, now: Date.now })
    await new Promise((ready) => gate.redis.once('ready', ready))
    const queue = { url: urls.REDIS_QUEUE_URL, prefix, log, lockMs: LOCK_MS, closeMs: CLOSE_MS }
    const placeOrder = openPlaceOrder(queue)
    opened = { gate, wishes: new Wishes(gate.redis), placeOrder }
    const means = { ...deps, ...opened, wakeRelay: () => undefined }
    another = (theirs) => openAsync({ ...means, ...theirs }, variant)
    return openAsync({ ...means, ...own }, variant)
  }, own)
  const { gate, wishes, placeOrder } = opened ?? assertOpened()
  after(async () => {
    await placeOrder.close()
    gate.close()
  })
  const { stage, pool } = story
  return {
    ...story,
    ...{ gate, wishes, placeOrder, another },
    async ask(claims: readonly Claim[], by = stage): Promise<string[]> {
      return (await by.claim(claims, performance.now() + 20_000)).map(word)
    },
    settled: () => until(placeOrder.isIdle, 'every wish is decided', 20_000),
    /** Reservations that the events of the outbox speak of. */
    async told(): Promise<number> {
      const text = `SELECT events FROM outbox WHERE topic = 'stock.reserved'`
      const { rows } = await pool.query<{ events: string }>(text)
      return rows.reduce((sum, { events }) => sum + (events.match(/"claimId"/g)?.length ?? 0), 0)
    },
  }
}

function assertOpened(): never {
  throw new Error('the stage is not open')
}
