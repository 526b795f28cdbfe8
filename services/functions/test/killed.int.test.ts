import assert from 'node:assert/strict'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import { until } from '@stampede/kit/testing/until'
import { openWire } from '@stampede/kit/testing/wire'
import { Queue } from 'bullmq'
import { eventOf } from './events.ts'
import { openHarness } from './harness.ts'
import { heldModule, writeModules } from './modules.ts'
import { kill } from './service-process.ts'

const CALL_MS = 30_000

describe('a worker', () => {
  async function openHeld(t: TestContext) {
    const held = writeModules({ coupon: heldModule('coupon') })
    const house = await openHarness({ FUNCTIONS_DIR: held.dir, CALL_MS: String(CALL_MS) })
    const queue = new Queue('grant-coupon', {
      connection: { url: house.config.REDIS_QUEUE_URL },
      prefix: house.name,
    })
    t.after(async () => {
      await queue.close()
      await house.close()
      held.forget()
    })
    const file = (name: string) => join(held.dir, name)
    return {
      ...{ house, queue },
      started: () => until('a call under way', async () => existsSync(file('started'))),
      letGo: () => writeFileSync(file('go'), ''),
      holdAgain: () => rmSync(file('started')),
    }
  }

  test('killed between the job and its effect leaves no effect, and the next one brings about exactly one', async (t) => {
    const { house, started, letGo, holdAgain } = await openHeld(t)
    const orderId = newId()
    // A short lease, so that the call is given to another soon after its worker died.
    const worker = await house.spawn({ CALL_MS: '2000' })
    const paid = eventOf('order.paid', { orderId })
    await house.tell(paid, paid, paid)
    await started()
    await kill(worker)
    const { coupons, messages } = await house.effects(orderId)
    assert.deepEqual([coupons, messages], [null, null])
    letGo()
    holdAgain()
    await house.spawn()
    await house.tell(paid)
    await expectOne(house, orderId)
  })

  test('killed between the effect and its acknowledgement is followed by one who leaves it at that', async (t) => {
    const { house, queue, started, letGo } = await openHeld(t)
    const wire = await openWire(new URL(house.config.REDIS_QUEUE_URL))
    t.after(() => wire.close())
    const orderId = newId()
    const worker = await house.spawn({ REDIS_QUEUE_URL: wire.url })
    const paid = eventOf('order.paid', { orderId })
    await house.tell(paid, paid, paid)
    await started()
    // The effect can be committed, but nobody can be told that the job is done.
    await wire.cut()
    letGo()
    await until('the effect', async () => (await house.effects(orderId)).coupons)
    assert.equal((await queue.getActive()).length, 1, 'the job is still under way')
    await kill(worker)
    await house.spawn()
    await until('the job to be given to another, and ended', async () => (await queue.count()) === 0, 60_000)
    await until('no job under way', async () => (await queue.getActive()).length === 0, 60_000)
    await expectOne(house, orderId)
    const { rows } = await house.sql.query("select tries from call where function = 'coupon'")
    assert.deepEqual(rows, [{ tries: 1 }], 'the function is not even run again')
  })

  test('that is told to stop ends what it has begun', async (t) => {
    const { house, started, letGo } = await openHeld(t)
    const app = await house.start()
    const paid = eventOf('order.paid', { orderId: newId() })
    await house.tell(paid)
    await started()
    const closed = app.close()
    setTimeout(letGo, 500)
    await closed
    assert.equal((await house.effects(paid.subject)).coupons?.length, 1)
  })

  async function expectOne(house: Awaited<ReturnType<typeof openHarness>>, orderId: string) {
    const effects = await until(
      'all calls done',
      async () => {
        const seen = await house.effects(orderId)
        return seen.calls === 3 && seen.undone === 0 && seen
      },
      60_000,
    )
    const { coupons, points, messages } = effects
    assert.deepEqual([coupons, points, messages?.length], [[{ state: 'granted', version: 2 }], [12], 1])
  }
})
