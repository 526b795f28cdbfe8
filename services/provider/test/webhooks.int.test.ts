import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { NewCharge } from '@stampede/contracts/provider'
import { freePort } from '@stampede/kit/testing/free-port'
import {
  dropSchema,
  type House,
  KEY,
  newCharge,
  newSchema,
  openHouse,
  SECRET,
  talkTo,
  until,
} from './house.ts'
import { openReceiver, type Received } from './receiver.ts'

let house: House
before(async () => {
  house = await openHouse()
})
after(() => house.close())

/** The webhooks of a charge, when `count` have come and no more do. */
async function hear(more: Partial<NewCharge>, count: number): Promise<Received[]> {
  const wish = newCharge(more)
  await house.charge(wish)
  await until(`${count} webhooks`, () => house.receiver.of(wish.reference).length >= count)
  await sleep(200)
  const heard = house.receiver.of(wish.reference)
  assert.equal(heard.length, count)
  return heard
}

const types = (heard: readonly Received[]) => heard.map(({ body }) => body.type)

test('success and failure are told: processing, then the end', async () => {
  const won = await hear({ delayMs: 300 }, 2)
  assert.deepEqual(types(won), ['charge.processing', 'charge.succeeded'])
  assert.deepEqual(
    won.map(({ body }) => [body.data.state, body.data.amountCents]),
    [
      ['processing', 0],
      ['succeeded', 1999],
    ],
  )
  const lost = await hear({ delayMs: 300, outcome: 'fail' }, 2)
  assert.deepEqual(types(lost), ['charge.processing', 'charge.failed'])
})

test('“never” succeeds and says nothing', async () => {
  const wish = newCharge({ outcome: 'never' })
  await house.charge(wish)
  await until('its end', async () => (await house.find(wish.reference)).body.state === 'succeeded')
  await sleep(300)
  assert.deepEqual(house.receiver.of(wish.reference), [])
})

test('“duplicate” tells each thing three times under one id, and the end once more under another', async () => {
  const heard = await hear({ outcome: 'duplicate', delayMs: 300 }, 7)
  const ids = Map.groupBy(heard, ({ eventId }) => eventId)
  const counts = [...ids.values()].map((same) => `${same[0]?.body.type} ${same.length}`)
  assert.deepEqual(counts, ['charge.processing 3', 'charge.succeeded 3', 'charge.succeeded 1'])
})

test('“out-of-order” tells the end first', async () => {
  const heard = await hear({ outcome: 'out-of-order' }, 2)
  assert.deepEqual(types(heard), ['charge.succeeded', 'charge.processing'])
  assert.equal(heard[1]?.body.data.state, 'processing')
})

test('“wrong-amount” says what it really took', async () => {
  const heard = await hear({ outcome: 'wrong-amount', delayMs: 300 }, 2)
  assert.equal(heard[1]?.body.data.amountCents, 2000)
})

test('a webhook nobody takes comes again under its id, signed anew', async (t) => {
  const before = house.receiver.received.length
  house.receiver.say = (n) => (n <= before + 3 ? 503 : 200)
  t.after(() => {
    house.receiver.say = () => 200
  })
  const wish = newCharge({ delayMs: 60_000 })
  await house.charge(wish)
  await until('four tries', () => house.receiver.of(wish.reference).length === 4)
  const heard = house.receiver.of(wish.reference)
  assert.equal(new Set(heard.map(({ eventId }) => eventId)).size, 1)
  assert.ok(Number(heard.at(-1)?.timestamp) > Number(heard[0]?.timestamp))
  await sleep(1_500)
  assert.equal(house.receiver.of(wish.reference).length, 4)
})

test('killed, it forgets neither charge nor webhook', async (t) => {
  const receiver = await openReceiver(SECRET)
  const schema = newSchema()
  const port = await freePort()
  const env = { PORT: String(port), DATABASE_SCHEMA: schema, WEBHOOK_URL: receiver.url }
  const first = start(env)
  t.after(async () => {
    await receiver.close()
    await dropSchema(schema)
  })
  const provider = talkTo(`http://127.0.0.1:${port}`)
  await untilReady(provider.url)
  receiver.say = () => 503
  const wish = newCharge({ delayMs: 1_500 })
  const { body: made } = await provider.charge(wish)
  await until('a first try', () => receiver.received.length > 0)
  first.kill('SIGKILL')
  await once(first, 'exit')
  receiver.say = () => 200
  const second = start(env)
  await untilReady(provider.url)
  const told = () => new Set(types(receiver.of(wish.reference)))
  await until('its end', async () => (await provider.find(wish.reference)).body.state === 'succeeded')
  assert.equal((await provider.charge(wish)).body.chargeId, made.chargeId)
  await until('both webhooks', () => told().size === 2, 30_000)
  second.kill('SIGTERM')
  const [code] = await once(second, 'exit')
  assert.equal(code, 0)
})

function start(env: NodeJS.ProcessEnv): ChildProcess {
  const main = join(import.meta.dirname, '../src/main.ts')
  const { PATH, DATABASE_URL } = process.env
  const secrets = { PROVIDER_KEY: KEY, WEBHOOK_SECRET: SECRET, LOG_LEVEL: 'error' }
  const stdio = ['ignore', 'ignore', 'inherit'] as const
  return spawn(process.execPath, [main], {
    stdio: [...stdio],
    env: { PATH, DATABASE_URL, ...secrets, ...env },
  })
}

async function untilReady(url: string): Promise<void> {
  await until('ready', async () => {
    const answer = await fetch(`${url}/health/ready`).catch(() => undefined)
    return answer?.status === 200
  })
}
