import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { renewedOperator } from './operator.ts'

test('an operator who could not log in tries again, and one who could stays', async (t) => {
  let clock = 0
  t.mock.method(performance, 'now', () => clock)
  const answers = [503, 201]
  let asked = 0
  const gateway = createServer((_request, response) => {
    response.writeHead(answers[asked++] ?? 500)
    response.end(JSON.stringify({ accessToken: 'a token' }))
  })
  gateway.listen(0, '127.0.0.1')
  await once(gateway, 'listening')
  const operator = renewedOperator(`http://127.0.0.1:${(gateway.address() as AddressInfo).port}`)
  try {
    await assert.rejects(operator(), /503/)
    await assert.rejects(operator(), /503/)
    clock += 4_000
    const entered = await operator()
    assert.equal(await operator(), entered)
    assert.equal(asked, 2)
  } finally {
    gateway.close()
    gateway.closeAllConnections()
  }
})
