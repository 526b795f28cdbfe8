import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { PRUNE_INBOX_SQL } from '../src/events/inbox.ts'
import { prune } from '../src/events/prune.ts'
import { snapshot } from '../src/metrics/instruments.ts'
import { traceparentOf } from '../src/tracing/span-id.ts'
import { newTraceId } from '../src/tracing/trace-id.ts'
import { openHeardLog } from '../testing/heard-log.ts'
import { until } from '../testing/until.ts'
import {
  count,
  effects,
  type House,
  makeFacts,
  openHouse,
  sendRaw,
  TOPIC,
  tellAll,
  toValue,
} from './events-house.ts'

let house: House

// New groups read from the beginning, so each test has topics of its own.
beforeEach(async () => {
  house = await openHouse()
  await house.create()
})
afterEach(() => house.destroy())

const shuffle = <T>(list: readonly T[]): T[] => list.toSorted(() => Math.random() - 0.5)

test('every message three times and in any order: one effect each, with two processes of a group', async () => {
  const group = 'thrice'
  house.consume({ group })
  house.consume({ group })
  const values = makeFacts(2_000).map(toValue)
  await sendRaw(house, shuffle([...values, ...values, ...values]))
  await until('all in', async () => (await effects(house, group)).distinct === 2_000)
  await sleep(1_500)
  assert.deepEqual(await effects(house, group), { total: 2_000, distinct: 2_000 })
})

test('poison goes to dead_letter, and nothing else waits for it', async () => {
  const group = 'taster'
  const good = makeFacts(2_000)
  const [plain, sour] = makeFacts(2) as [(typeof good)[0], (typeof good)[0]]
  const traceId = newTraceId()
  const bitter = { ...plain, traceparent: traceparentOf(traceId, 'order rows') }
  const { log, linesOf } = openHeardLog()
  const poison = [
    'not json',
    '',
    null,
    Buffer.from([0xff, 0xfe, 0x00, 0x7b]),
    `${toValue(sour).slice(0, -1)}\0}`,
    toValue(sour).replace('"1.0"', '"0.3"'),
    toValue(sour).replace(TOPIC, 'order.placed'),
    toValue({ ...sour, id: 'nul\0' }),
    toValue({ ...sour, data: { ...sour.data, quantity: 0 } }),
    '[]',
    'null',
    '['.repeat(100_000),
    `{"__proto__":${toValue(sour)}}`,
    toValue(bitter),
    toValue(bitter),
    ...makeFacts(5).map(({ data, ...fact }) => toValue({ ...fact, data: { ...data, saleId: 'none' } })),
  ]
  house.consume({
    group,
    log,
    apply: async (tx, events) => {
      if (events.some(({ id }) => id === bitter.id)) throw new Error('cannot stomach\0 this')
      await count(tx, group, events)
    },
  })
  const startedAt = performance.now()
  await sendRaw(house, shuffle([...good.map(toValue), ...poison]))
  await until('the good ones in', async () => (await effects(house, group)).distinct === 2_000)
  const goodMs = performance.now() - startedAt
  await until('the bad ones buried', async () => {
    const { rowCount } = await house.pool.query('select 1 from dead_letter where consumer = $1', [group])
    // More, when the producer had to send some again.
    return (rowCount ?? 0) >= poison.length
  })
  assert.ok(goodMs < 10_000, `good ones took ${goodMs} ms`)
  assert.equal((await effects(house, group)).total, 2_000)
  const { rows } = await house.pool.query('select error, value from dead_letter')
  assert.ok(rows.every(({ error }) => error.length > 5))
  const sound = new Set(good.map(toValue))
  assert.ok(!rows.some(({ value }) => sound.has(value)), 'a good one was buried')
  assert.ok(rows.some(({ value }) => value?.endsWith('\\u0000}')))
  const told = linesOf(traceId)
  assert.ok(
    told.length > 0 && told.every(({ msg, level }) => msg === 'put into dead_letter' && level === 'error'),
  )
})

test('killed between its commit and the offset, a consumer takes no effect twice', {
  timeout: 90_000,
}, async () => {
  const group = 'mortal'
  const ids = await tellAll(house, makeFacts(600))
  house.relay().wake()
  const child = fork(new URL('./events-mortal.ts', import.meta.url), [house.name, group])
  const [, signal] = await once(child, 'exit')
  assert.equal(signal, 'SIGKILL')
  const first = await effects(house, group)
  assert.ok(first.total > 0 && first.total < 600, `${first.total} before the kill`)
  house.consume({ group })
  await until('all in', async () => (await effects(house, group)).distinct === ids.length, 60_000)
  await sleep(500)
  assert.deepEqual(await effects(house, group), { total: 600, distinct: 600 })
})

test('a Postgres that cuts connections in mid-transaction makes nobody lose or bury an event', async () => {
  const group = 'patient'
  let cuts = 0
  const backAt = performance.now() + 4_000
  house.consume({
    group,
    apply: async (tx, events) => {
      if (performance.now() < backAt) {
        cuts++
        const { rows } = await tx.query('select pg_backend_pid() as pid')
        await house.pool.query('select pg_terminate_backend($1)', [rows[0].pid])
      }
      await count(tx, group, events)
    },
  })
  await sendRaw(house, makeFacts(1_000).map(toValue))
  await until('all in', async () => (await effects(house, group)).distinct === 1_000)
  assert.equal((await effects(house, group)).total, 1_000)
  const { rowCount } = await house.pool.query('select 1 from dead_letter')
  assert.equal(rowCount, 0)
  assert.ok(cuts > 3, `${cuts} cuts`)
})

test('what is to be done after the commit finds the effect there', async () => {
  const group = 'after'
  let seen = 0
  house.consume({
    group,
    apply: async (tx, events) => {
      await count(tx, group, events)
      return async () => {
        seen = Math.max(seen, (await effects(house, group)).total)
        throw new Error('the view is gone')
      }
    },
  })
  await sendRaw(house, makeFacts(100).map(toValue))
  await until('seen', async () => seen === 100)
})

test('without an inbox every copy reaches the handler, whose own key makes it harmless', async () => {
  const group = 'keyed'
  await house.pool.query('create table keyed (order_id text primary key)')
  let copies = 0
  house.consume({
    group,
    inbox: false,
    apply: async (tx, events) => {
      copies += events.length
      const subjects = events.map(({ subject }) => subject)
      await tx.query('insert into keyed select unnest($1::text[]) on conflict do nothing', [subjects])
    },
  })
  const values = makeFacts(500).map(toValue)
  await sendRaw(house, shuffle([...values, ...values]))
  await until('all copies handed over', async () => copies >= 1_000)
  await until('each kept once', async () => {
    const { rowCount } = await house.pool.query('select 1 from keyed')
    return rowCount === 500
  })
  assert.equal((await house.pool.query('select 1 from inbox')).rowCount, 0)
})

test('a handler that never ends is reported as stuck; a slow one is not', { timeout: 60_000 }, async () => {
  const reports: string[] = []
  const release: (() => void)[] = []
  const slow = house.consume({
    group: 'slow',
    stuckMs: 3_000,
    apply: () => sleep(400),
    onStuck: (reason) => void reports.push(`slow: ${reason}`),
  })
  await sendRaw(house, makeFacts(20).map(toValue))
  await sleep(5_000)
  assert.equal(reports.length, 0)
  await slow.close()
  house.consume({
    group: 'stuck',
    stuckMs: 3_000,
    apply: () => new Promise<void>((resolve) => release.push(resolve)),
    onStuck: (reason) => void reports.push(reason),
  })
  await until('reported', async () => reports.length > 0)
  assert.ok(reports[0]?.endsWith('with 20 events waiting'), reports[0])
  for (const end of release) end()
})

test('each process of a group tells how much waits for all of it, whichever partitions it has', async () => {
  const group = 'shared'
  const { promise: gate, resolve: letGo } = Promise.withResolvers<void>()
  const busy = new Set<number>()
  for (const member of [1, 2]) {
    const apply = () => {
      busy.add(member)
      return gate
    }
    house.consume({ group, apply, stuckMs: 3_000 })
  }
  await sendRaw(house, makeFacts(100).map(toValue))
  await until('both at work', async () => busy.size === 2)
  await until('the same of both', async () => isDeepStrictEqual(lagsOf(group), [100, 100]))
  letGo()
  await until('none', async () => isDeepStrictEqual(lagsOf(group), [0, 0]))
})

function lagsOf(group: string): unknown[] {
  const lines = snapshot().find(({ name }) => name === 'stampede.consumer.lag')?.lines ?? []
  const ours = lines.filter(({ attributes }) => attributes['messaging.consumer.group.name'] === group)
  return ours.map(({ value }) => value)
}

test('seen events are forgotten after 8 days', async () => {
  await house.pool.query(`insert into inbox select 'old', n::text, now() - interval '9 days'
    from generate_series(1, 2500) as n`)
  await house.pool.query(`insert into inbox select 'young', n::text, now() - interval '7 days'
    from generate_series(1, 10) as n`)
  assert.equal(await prune({ pool: house.pool, sql: PRUNE_INBOX_SQL }), 2_500)
  assert.equal((await house.pool.query('select 1 from inbox')).rowCount, 10)
})
