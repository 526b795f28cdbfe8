import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Journal } from '../../demo/journal.ts'
import { seededRandom } from '../../generator/random.ts'
import { openBuying, type Wish } from './buying.ts'
import type { Reply, Wire } from './wire.ts'

const JOURNAL: Journal = {
  write: () => undefined,
  begin: () => () => undefined,
  close: async () => undefined,
}
const WON: Reply = { status: 201, body: '{"orderId":"o"}' }
const SALE = { saleId: 's', units: 1, limit: 1, windowSeconds: 5, openedAt: 0 }

/** Before a gateway that answers the first sending of each wish with `first`, later ones with 201. */
function openCrowd(first: Reply) {
  const sent = new Set<string>()
  const wire: Wire = {
    gateways: 1,
    async send(_gateway, { headers }) {
      await sleep(20)
      const key = headers?.['idempotency-key'] ?? ''
      const isRepeat = sent.has(key)
      sent.add(key)
      return isRepeat ? WON : first
    },
    close: () => undefined,
  }
  const buying = openBuying({ wire, origins: [''], journal: JOURNAL, random: seededRandom(1) })
  const begin = (key: string, twin: Partial<Wish['behaviour']> = {}) =>
    buying.begin({
      ...{ key, sale: { entry: 'sale', ...SALE }, buyer: { userId: 'u', accessToken: 't' } },
      behaviour: { quantity: 1, isImpatient: false, reads: false, ...twin },
    })
  return { buying, begin }
}

test('a wish won counts once, however often it is sent', async () => {
  const { buying, begin } = openCrowd(WON)
  begin('twice', { twin: { afterMs: 150, quantity: 1 } })
  await sleep(80)
  const between = Date.now()
  assert.equal(await buying.allDone(5000), true)
  assert.equal(buying.firstAckAfter(between), undefined)
  assert.deepEqual(buying.counts(), { attempts: 2, acknowledged: 1 })
})

test('a yes to a wish that was first sent before a moment shows nothing of what came after it', async () => {
  const { buying, begin } = openCrowd({ status: 0, failure: 'timeout' })
  begin('lost')
  await sleep(80)
  const broken = Date.now()
  assert.equal(await buying.allDone(5000), true)
  assert.equal(buying.counts().acknowledged, 1)
  assert.equal(buying.firstAckAfter(broken), undefined)
  begin('new')
  assert.equal(await buying.allDone(5000), true)
  assert.ok((buying.firstAckAfter(broken) ?? 0) > broken)
})
