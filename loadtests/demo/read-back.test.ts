import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import type { Asked, Told } from './journal.ts'
import { openThinned, readBack } from './read-back.ts'

test('of what comes at most so many are kept, from the beginning to the end', () => {
  const thinned = openThinned<number>(10)
  for (let item = 0; item < 100; item++) thinned.add(item)
  const kept = thinned.kept()
  assert.ok(kept.length > 5 && kept.length <= 10, `${kept.length}`)
  assert.equal(kept[0], 0)
  assert.ok((kept.at(-1) ?? 0) >= 80, `${kept}`)
  const gaps = new Set(kept.slice(1).map((item, index) => item - (kept[index] ?? 0)))
  assert.equal(gaps.size, 1)
  const few = openThinned<number>(10)
  for (let item = 0; item < 10; item++) few.add(item)
  assert.equal(few.kept().length, 10)
})

test('each order is read by its buyer, and what was seen is written down as read at rest', async () => {
  const server = createServer((request, response) => {
    const isThere = request.url === `/api/orders/a` && request.headers.authorization === 'Bearer t'
    response.writeHead(isThere ? 200 : 404, { 'content-type': 'application/json' }).end('{}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const written: (Asked & Told)[] = []
  const journal = {
    write: () => undefined,
    begin: (asked: Asked) => (told: Told) => void written.push({ ...asked, ...told }),
    close: async () => undefined,
  }
  const winner = { userId: 'u', accessToken: 't' }
  const won = ['a', 'b'].map((orderId) => ({ orderId, winner }))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  assert.equal(await readBack(won, [origin], journal), 0)
  server.close()
  assert.deepEqual(
    written.map(({ entry, status, ...rest }) => [entry, status, 'atRest' in rest && rest.atRest]).sort(),
    [
      ['read', 200, true],
      ['read', 404, true],
    ],
  )
})
