import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import { openAsyncWorld } from './async-world.ts'
import { claimOf, until } from './fixture.ts'

const buyersOf = (saleId: string, count: number) =>
  Array.from({ length: count }, () => claimOf(saleId, newId(), 'key'))

/** Holds jobs where they are, between the gate and the books. */
function openHold() {
  const gone = Promise.withResolvers<void>()
  let held = 0
  return {
    between: () => {
      held++
      return gone.promise
    },
    held: async () => held > 0,
    release: gone.resolve,
  }
}

test('a worker dies between gate and books: another one does the job, and the dead one, risen, nothing', async () => {
  const { between, held, release } = openHold()
  const world = await openAsyncWorld('guarded', { between })
  const { openSale, ask, stage, another, settled, told } = world
  const saleId = await openSale({ units: 5, limitPerUser: 1 })
  const [claim] = buyersOf(saleId, 1)
  assert.ok(claim)
  assert.deepEqual(await ask([claim]), ['queued'])
  await until(held, 'the job is under way')
  await stage.close()
  assert.deepEqual(await stage.count(saleId), { left: 5, won: 0 })

  const second = another({ between: async () => undefined })
  await settled()
  assert.deepEqual(await second.count(saleId), { left: 4, won: 1 })
  release()
  assert.deepEqual(await ask([claim], second), ['won'])
  await new Promise((risen) => setTimeout(risen, 300))
  assert.deepEqual(await second.count(saleId), { left: 4, won: 1 })
  assert.equal(await told(), 1)
  await second.close()
})

test('a worker dies right after the commit: the job runs again and finds its reservation', async () => {
  let deaths = 0
  const wakeRelay = () => {
    if (deaths++ === 0) throw new Error('killed')
  }
  const { openSale, ask, stage, settled, told } = await openAsyncWorld('guarded', { wakeRelay })
  const saleId = await openSale({ units: 5, limitPerUser: 1 })
  assert.deepEqual(await ask(buyersOf(saleId, 1)), ['queued'])
  await settled()
  assert.equal(deaths, 2)
  assert.deepEqual(await stage.count(saleId), { left: 4, won: 1 })
  assert.equal(await told(), 1)
})

test('the gate is emptied while wishes wait: what is promised stays so, and nothing is sold twice', async () => {
  const { between, held, release } = openHold()
  const world = await openAsyncWorld('guarded', { between })
  const { openSale, ask, stage, settled, wishes, told } = world
  const saleId = await openSale({ units: 20, limitPerUser: 1 })
  const early = buyersOf(saleId, 12)
  assert.deepEqual(new Set(await ask(early)), new Set(['queued']))
  await until(held, 'some are under way')
  await wishes.shut(saleId)
  const words = await ask(buyersOf(saleId, 100))
  assert.equal(words.filter((word) => word === 'queued').length, 8)
  assert.deepEqual(new Set(await ask(early)), new Set(['queued']), 'who waits is known again')
  release()
  await settled()
  assert.deepEqual(await stage.count(saleId), { left: 0, won: 20 })
  assert.equal(await told(), 20)
  await wishes.shut(saleId)
  assert.deepEqual(await ask(buyersOf(saleId, 1)), ['sold-out'])
  assert.deepEqual(new Set(await ask(early)), new Set(['won']), 'who won is known again')
})

test('the queue takes nothing: nobody is promised anything, and the unit is there for the next', async () => {
  const world = await openAsyncWorld('guarded')
  const { openSale, ask, another, settled, placeOrder } = world
  const saleId = await openSale({ units: 1, limitPerUser: 1 })
  const add = () => Promise.reject(new Error('no answer'))
  const deaf = another({ placeOrder: { ...placeOrder, add } })
  const [claim, next] = buyersOf(saleId, 2)
  assert.ok(claim && next)
  assert.deepEqual(await ask([claim], deaf), ['busy'])
  assert.deepEqual(await ask([next]), ['queued'])
  assert.deepEqual(await ask([claim]), ['sold-out'])
  await settled()
  assert.deepEqual(await deaf.count(saleId), { left: 0, won: 1 })
  await deaf.close()
})
