import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import { transaction } from '@stampede/kit/postgres'
import { openMark } from '../src/adapters/mark-redis.ts'
import { openPutBackWatch } from '../src/stages/put-back.ts'
import { claimOf, openFixture, until } from './fixture.ts'

const { gate, sales, stage, pool, log, openSale, reconcile } = await openFixture()
const soon = () => performance.now() + 10_000

/** Keys as they are now, to be put back in one step. */
async function copyOf(names: readonly string[]) {
  const values = await Promise.all(names.map((name) => gate.redis.dumpBuffer(name)))
  return {
    async putBack(): Promise<void> {
      const step = gate.redis.multi().del(...names)
      for (const [i, name] of names.entries()) if (values[i]) step.restore(name, 0, values[i])
      await step.exec()
    },
  }
}

/** What looks for a put-back, to be held between two looks, and a reconciler beside it. */
function openHeld() {
  const marks = gate.redis.duplicate({ keyPrefix: `${newId()}:`, enableOfflineQueue: true })
  const leave = openMark(marks)
  let looks = 0
  let isHeld = false
  let underWay: Promise<unknown> = Promise.resolve()
  const leaveMark = async () => {
    if (isHeld) return true
    const look = leave()
    underWay = look
    const isSound = await look
    looks += 1
    return isSound
  }
  const watch = openPutBackWatch({ gate, sales, leaveMark, everyMs: 50, log })
  const reconciler = reconcile(60_000)
  return {
    markKeys: () => gate.redis.keys(`${marks.options.keyPrefix}*`),
    /** From now on nobody looks: one that is under way would see what comes next. */
    async hold(): Promise<void> {
      isHeld = true
      await underWay.catch(() => undefined)
    },
    letGo() {
      isHeld = false
    },
    async looks(more: number): Promise<void> {
      const wanted = looks + more
      await until(async () => looks >= wanted, 'another look')
    },
    async close(): Promise<void> {
      await watch.close()
      await reconciler.close()
      marks.disconnect()
    },
  }
}

/**
 * A sale whose view is put back to before one buyer went and another came, and has caught up since: no
 * counter tells that it holds other buyers than the ledger.
 */
async function openWronged() {
  const saleId = await openSale({ units: 5, limitPerUser: 5 })
  const [left, came, next] = ['left', 'came', 'next'].map((key) => claimOf(saleId, newId(), key))
  assert.ok(left && came && next)
  await stage.claim([left], soon())
  await until(async () => (await gate.look(saleId))?.pending === 0, 'the claim is confirmed')
  const used = () => gate.redis.hmget(`sale:{${saleId}}:users`, left.userId, came.userId, next.userId)
  return {
    saleId,
    viewKeys: () => gate.redis.keys(`sale:{${saleId}}:*`),
    /** To be called before Redis is put back … */
    async moveOn(): Promise<void> {
      const ended = [{ ...left, orderId: left.claimId, version: 1 }]
      await (await transaction(pool, (tx) => stage.release(tx, ended)))()
      await stage.claim([came], soon())
    },
    /** … and after it. */
    async catchUp(): Promise<void> {
      await stage.claim([next], soon())
      const [row, view] = [await sales.get(saleId), await gate.look(saleId)]
      assert.deepEqual([view?.left, view?.seq], [row?.available, row?.lastStamp], 'nothing is to be seen')
    },
    isRight: async () => (await used()).map(Number).join() === '0,1,1',
  }
}

test('a Redis put back whose view has caught up since, with other claims, is found and rebuilt', async () => {
  const sale = await openWronged()
  const house = openHeld()
  await house.looks(1)
  const copy = await copyOf([...(await sale.viewKeys()), ...(await house.markKeys())])
  await house.looks(2)
  await house.hold()
  await sale.moveOn()
  await copy.putBack()
  await sale.catchUp()
  house.letGo()
  await until(sale.isRight, "the view is the ledger's")
  await house.close()
})

test('so is one put back to before anybody had left a mark there', async () => {
  const sale = await openWronged()
  const copy = await copyOf(await sale.viewKeys())
  const house = openHeld()
  await house.looks(2)
  await house.hold()
  await sale.moveOn()
  await copy.putBack()
  await gate.redis.del(...(await house.markKeys()))
  await sale.catchUp()
  house.letGo()
  await until(sale.isRight, "the view is the ledger's")
  await house.close()
})

test('views that cannot be rebuilt when a put-back is seen are rebuilt as soon as they can be', async () => {
  const [sale, other] = [await openWronged(), await openWronged()]
  const house = openHeld()
  await house.looks(1)
  const names = [await sale.viewKeys(), await other.viewKeys(), await house.markKeys()]
  const copy = await copyOf(names.flat())
  await house.looks(2)
  await house.hold()
  for (const each of [sale, other]) await each.moveOn()
  await copy.putBack()
  for (const each of [sale, other]) await each.catchUp()
  const lock = await pool.connect()
  await lock.query('SELECT pg_advisory_lock(271828, hashtext($1))', [sale.saleId])
  house.letGo()
  await until(other.isRight, "the other view is the ledger's")
  await house.looks(3)
  const { epoch } = (await gate.look(other.saleId)) ?? {}
  assert.equal(await sale.isRight(), false, 'nobody could rebuild it')
  await lock.query('SELECT pg_advisory_unlock_all()')
  lock.release()
  await until(sale.isRight, "the view is the ledger's")
  assert.equal((await gate.look(other.saleId))?.epoch, epoch, 'the other one is rebuilt once')
  await house.close()
})

test('while the ledger does not answer a pass tries few views, and the next one goes on with all', async () => {
  const saleIds = await Promise.all(Array.from({ length: 12 }, () => openSale()))
  await Promise.all(saleIds.map((saleId) => gate.shut(saleId)))
  let tries = 0
  const reconciler = reconcile(60_000, {
    everyMs: 60_000,
    async rebuild() {
      tries += 1
      return false
    },
  })
  await until(async () => tries > 0, 'a pass')
  await reconciler.close()
  assert.ok(tries <= 2, `${tries} tries`)
  const next = reconcile(60_000)
  const isOpen = async (saleId: string) => (await gate.look(saleId)) !== undefined
  await until(async () => (await Promise.all(saleIds.map(isOpen))).every(Boolean), 'all are open')
  await next.close()
})
