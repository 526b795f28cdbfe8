import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { BAD_CASES, STRANGERS } from './bad-input.cases.ts'
import { ask, type House, openHouse } from './house.ts'

let house: House

before(async () => {
  house = await openHouse()
})
after(() => house.close())

describe('bad input is answered with its problem', () => {
  for (const { title, method = 'POST', path, body, raw, headers, status, code } of BAD_CASES) {
    test(title, async () => {
      const authorization = `Bearer ${house.config.INTERNAL_KEY}`
      const sent = method === 'POST' ? { body: raw ?? JSON.stringify(body) } : {}
      const type = method === 'POST' ? { 'content-type': 'application/json' } : {}
      const answer = await ask(house.url + path, {
        method,
        headers: { authorization, ...type, ...headers },
        ...sent,
      })
      assert.equal(answer.status, status)
      assert.equal(answer.body.code, code)
      assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/)
      assert.equal(answer.body.traceId, answer.headers.get('x-trace-id'))
    })
  }

  test('and every bad field is named', async () => {
    const { body } = await house.post('/internal/users', { email: 'x', password: 'short', role: 'operator' })
    const paths = body.errors.map((error: { path: string }) => error.path)
    assert.deepEqual([...new Set(paths)].sort(), ['/email', '/name', '/password', '/role'])
  })

  test('and nothing was stored', async () => {
    assert.equal((await house.sql(`SELECT 1 FROM users WHERE role = 'buyer'`)).length, 0)
  })
})

describe('only our own services may ask', () => {
  for (const { title, path, key } of STRANGERS) {
    test(title, async () => {
      // Not fetch: it would tidy up the path.
      const { hostname, port } = new URL(house.url)
      const headers = key === undefined ? {} : { authorization: key }
      const status = await new Promise((resolve, reject) => {
        const asked = request({ hostname, port, path, headers }, (answer) =>
          resolve(answer.resume().statusCode),
        )
        asked.on('error', reject).end()
      })
      assert.equal(status, 401)
    })
  }
})
