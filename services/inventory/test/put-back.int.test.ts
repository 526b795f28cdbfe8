import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import { transaction } from '@stampede/kit/postgres'
import { openMark } from '../src/adapters/mark-redis.ts'
import type { ReconcilerDeps } from '../src/stages/reconciler.ts'
import { claimOf, openFixture, until } from './fixture.ts'

const { gate, sales, stage, pool, openSale, reconcile } = await openFixture()
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

/** A reconciler that can be held between two passes, with marks of its own. */
function openHeld() {
  const marks = gate.redis.duplicate({ keyPrefix: `${newId()}:`, enableOfflineQueue: true })
  let turns = 0
  let isHeld = false
  const inTurn: ReconcilerDeps['inTurn'] = async (job) => {
    if (isHeld) return
    await job()
    turns += 1
  }
  const reconciler = reconcile(60_000, { inTurn, leaveMark: openMark(marks) })
  return {
    markKeys: () => gate.redis.keys(`${marks.options.keyPrefix}*`),
    hold() {
      isHeld = true
    },
    letGo() {
      isHeld = false
    },
    async passes(more: number): Promise<void> {
      const wanted = turns + more
      await until(async () => turns >= wanted, 'another look at all')
    },
    async close(): Promise<void> {
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
  await house.passes(1)
  const copy = await copyOf([...(await sale.viewKeys()), ...(await house.markKeys())])
  await house.passes(2)
  house.hold()
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
  await house.passes(2)
  house.hold()
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
  await house.passes(1)
  const names = [await sale.viewKeys(), await other.viewKeys(), await house.markKeys()]
  const copy = await copyOf(names.flat())
  await house.passes(2)
  house.hold()
  for (const each of [sale, other]) await each.moveOn()
  await copy.putBack()
  for (const each of [sale, other]) await each.catchUp()
  const lock = await pool.connect()
  await lock.query('SELECT pg_advisory_lock(271828, hashtext($1))', [sale.saleId])
  house.letGo()
  await until(other.isRight, "the other view is the ledger's")
  await house.passes(3)
  const { epoch } = (await gate.look(other.saleId)) ?? {}
  assert.equal(await sale.isRight(), false, 'nobody could rebuild it')
  await lock.query('SELECT pg_advisory_unlock_all()')
  lock.release()
  await until(sale.isRight, "the view is the ledger's")
  assert.equal((await gate.look(other.saleId))?.epoch, epoch, 'the other one is rebuilt once')
  await house.close()
})
