import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import { buy, call } from './client.ts'
import { openWorld, type World } from './stand-ins.ts'

const SALE = newId()

let world: World
before(async () => {
  world = await openWorld({ QUOTA_ATTEMPTS: '60', QUOTA_LOGINS: '5' })
})
after(() => world.close())

test('a buyer beyond the quota is told when to come back; another buyer is not touched', async () => {
  const token = world.key.token(newId())
  for (let i = 0; i < 60; i += 20) {
    const told = await Promise.all(Array.from({ length: 20 }, () => buy(world, SALE, { token })))
    assert.ok(told.every(({ status }) => status === 201))
  }
  const told = await buy(world, SALE, { token })
  assert.deepEqual([told.status, told.body.code], [429, 'quota_exceeded'])
  assert.ok(Number(told.headers.get('retry-after')) >= 1 && Number(told.headers.get('retry-after')) <= 10)
  assert.equal((await buy(world, SALE)).status, 201)
})

test('log-ins are counted by address and email; a forwarded address counts when a trusted proxy says it', async () => {
  world.user.say = () => ({ status: 401, body: { code: 'bad_credentials' } })
  const logIn = (email: string, from: string) =>
    call(world, '/api/sessions', {
      ...{ method: 'POST', headers: { 'x-forwarded-for': from } },
      body: { email, password: 'guess' },
    })
  for (let i = 0; i < 5; i++) assert.equal((await logIn('eve@b.example', '203.0.113.7')).status, 401)
  const beyond = await logIn('EVE@b.example', '203.0.113.7')
  assert.deepEqual([beyond.status, beyond.body.code], [429, 'quota_exceeded'])
  assert.ok(Number(beyond.headers.get('retry-after')) > 0)
  assert.equal((await logIn('eve@b.example', '203.0.113.8')).status, 401)
  assert.equal((await logIn('bob@b.example', '203.0.113.7')).status, 401)
})

test('a forwarded address from elsewhere than a trusted proxy does not count', async (t) => {
  const apart = await openWorld({ QUOTA_LOGINS: '1', TRUST_PROXY: '192.0.2.0/24,2001:db8::/32' })
  t.after(() => apart.close())
  apart.user.say = () => ({ status: 401, body: { code: 'bad_credentials' } })
  const body = { email: 'eve@b.example', password: 'guess' }
  const told: number[] = []
  for (const from of ['203.0.113.7', '203.0.113.8', '192.0.2.1', '127.0.0.1, 192.0.2.1', '::1']) {
    const headers = { 'x-forwarded-for': from }
    told.push((await call(apart, '/api/sessions', { method: 'POST', headers, body })).status)
  }
  assert.deepEqual(told, [401, 429, 429, 429, 429])
})
