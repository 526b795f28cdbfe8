import assert from 'node:assert/strict'
import { test } from 'node:test'
import { summarise } from './profile.ts'

test('self time is added up by place, and idle time is left out', () => {
  const frame = (id: number, functionName: string, url = '') => ({ id, callFrame: { functionName, url } })
  const nodes = [
    frame(1, '(idle)'),
    frame(2, 'writev'),
    frame(3, 'send', 'file:///x/node_modules/.pnpm/fastify@5/node_modules/fastify/lib/reply.js'),
    frame(4, 'place', 'file:///x/services/order/src/place-orders.ts'),
    frame(5, 'emit', 'node:internal/streams/readable'),
    frame(6, 'query', 'file:///x/node_modules/.pnpm/pg@8/node_modules/pg/lib/client.js'),
    frame(7, 'reply', 'file:///x/node_modules/.pnpm/fastify@5/node_modules/fastify/lib/route.js'),
  ]
  const { busyMs, places, functions } = summarise({
    nodes,
    samples: [1, 2, 3, 4, 5, 6, 7, 2],
    timeDeltas: [50_000, 3000, 1000, 1000, 1000, 1000, 1000, 2000],
  })
  assert.equal(busyMs, 10)
  assert.deepEqual(
    places.map(({ name, share }) => [name, Math.round(share * 100)]),
    [
      ['native', 50],
      ['fastify', 20],
      ['services/order/src/place-orders.ts', 10],
      ['node:internal/streams', 10],
      ['pg', 10],
    ],
  )
  assert.deepEqual(functions[0], { name: 'writev  native', share: 0.5 })
})
