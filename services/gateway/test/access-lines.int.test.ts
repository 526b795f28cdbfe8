import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import { snapshot } from '@stampede/kit/metrics/instruments'
import { type Line, openHeardLog } from '@stampede/kit/testing/heard-log'
import { buy, call } from './client.ts'
import { openWorld, until, type World } from './stand-ins.ts'

const ROUTE = '/api/sales/:saleId/orders'
let world: World
const { log, texts, linesOf } = openHeardLog()

before(async () => {
  world = await openWorld({ LOG_ACCESS: 'all' }, log)
})
after(() => world.close())
beforeEach(() => {
  texts.length = 0
  world.order.say = () => undefined
})

/** The line about a request, by the trace that its answer named. */
async function lineOf({ headers }: { headers: Headers }): Promise<Line> {
  const traceId = headers.get('x-trace-id')
  const lines = () => linesOf(traceId)
  await until(() => lines().length > 0)
  const [line = {}, ...more] = lines()
  assert.deepEqual(more, [])
  const { time: _time, ms: _ms, service: _service, traceId: _traceId, msg: _msg, ...told } = line
  return told
}

test('each attempt is one line with its trace, its sale and how it ended', async () => {
  const saleId = newId()
  const attempt = { method: 'POST', route: ROUTE, saleId }
  assert.deepEqual(await lineOf(await buy(world, saleId)), { level: 'info', ...attempt, status: 201 })
  world.order.say = ({ body }) =>
    body.claims && { body: { results: body.claims.map(() => ({ refused: 'sold-out' })) } }
  world.inventory.say = ({ path }) =>
    path.endsWith('/winners')
      ? { body: { saleId, epoch: 1, seq: 1, left: 0, prints: [] } }
      : path === '/internal/shelves'
        ? { body: { shelves: [{ saleId, epoch: 1, seq: 1, left: 0 }] } }
        : undefined
  const refused = { level: 'info', ...attempt, status: 409, outcome: 'sold_out' }
  assert.deepEqual(await lineOf(await buy(world, saleId)), refused)
  // From now on it is turned away before it is looked at, and told of all the same.
  const tryBlind = () => buy(world, saleId, { token: '' })
  await until(async () => (await tryBlind()).status === 409)
  assert.deepEqual(await lineOf(await tryBlind()), refused)
})

test('a failure is a warning with the trace of its problem document', async () => {
  world.order.say = () => ({ status: 500 })
  const failed = await buy(world, newId())
  assert.equal(failed.body.traceId, failed.headers.get('x-trace-id'))
  const { level, status, outcome } = await lineOf(failed)
  assert.deepEqual([level, status, outcome], ['warn', 503, 'unavailable'])
})

test('a buyer who gives up is told of, too, and counted', async () => {
  const saleId = newId()
  world.order.say = () => 'hang'
  await assert.rejects(buy(world, saleId, { signal: AbortSignal.timeout(300) }), { name: 'TimeoutError' })
  await until(() => texts.some((text) => text.includes(saleId)))
  const line = JSON.parse(texts.find((text) => text.includes(saleId)) as string) as Line
  assert.deepEqual([line['status'], line['route']], [499, ROUTE])
  const attempts = snapshot().find(({ name }) => name === 'stampede.purchase.attempts')?.lines ?? []
  const abandoned = attempts.filter(({ attributes }) => attributes['stampede.outcome'] === 'abandoned')
  assert.deepEqual(
    abandoned.map(({ value }) => value),
    [1],
  )
})

test('no line holds a token, a key, who asked or what somebody wrote into a path', async () => {
  const userId = newId()
  const [token, key, odd] = [world.key.token(userId), 'a-key-of-mine', '%1b%5b2Ja%40b.c']
  await lineOf(await buy(world, newId(), { token, key }))
  await lineOf(await buy(world, odd, { token, key }))
  await lineOf(await call(world, `/api/orders/${odd}`, { token }))
  await lineOf(await call(world, `/api/nowhere/${odd}`, { token }))
  const all = texts.join('')
  for (const secret of [userId, token, key, 'a@b.c', '[2J']) assert.ok(!all.includes(secret), secret)
})
