import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { judgeAlarms } from './alarms.ts'

/** Says at each look the next of what it is to say, and the last one for ever. */
async function openGateway(...said: readonly (readonly string[])[]): Promise<string> {
  let looks = 0
  const server = createServer((request, response) => {
    const isLook = request.url === '/api/operator/watch'
    const names = said[Math.min(looks, said.length - 1)] ?? []
    if (isLook) looks += 1
    const alarms = names.map((name) => ({ name, value: 3, limit: 0, since: '2026-01-01T00:00:00.000Z' }))
    const body = isLook ? { measures: [], alarms } : { accessToken: 't' }
    response.writeHead(isLook ? 200 : 201, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('an alarm that stands at any gateway is found, one that is soon over is not', async () => {
  const calm = await openGateway(['inventory.driftUnits'], [])
  const alarmed = await openGateway(['inventory.stuckUnits'])
  const { broken, first } = await judgeAlarms({ origins: [calm, alarmed], due: [], limitMs: 700 })
  assert.equal(broken, 1)
  assert.equal(first[0]?.id, 'inventory.stuckUnits')
})

test('an alarm that has its cause must stand', async () => {
  const due = ['order.deadLetters']
  const silent = await openGateway([])
  assert.equal((await judgeAlarms({ origins: [silent], due, limitMs: 0 })).broken, 1)
  const telling = await openGateway([], due)
  assert.equal((await judgeAlarms({ origins: [telling], due, limitMs: 5_000 })).broken, 0)
})

test('a gateway that does not answer is not calm', async () => {
  const nobody = 'http://127.0.0.1:1'
  assert.equal((await judgeAlarms({ origins: [nobody], due: [], limitMs: 0 })).broken, 1)
})
