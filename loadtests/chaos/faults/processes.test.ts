import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NotRunning } from '@stampede/local/part'
import type { Stand } from '@stampede/local/stand/stand'
import { NothingBroken } from '../fault.ts'
import { KILL, PAUSE, RESTART } from './processes.ts'

/** Of three services those that run can be hit. */
function openHouse(...running: string[]) {
  const hit: string[] = []
  const strike = (part: string) => {
    if (!running.includes(part)) throw new NotRunning(`${part} is not running: it is down`)
    hit.push(part)
  }
  const names = ['order', 'payment', 'user']
  const pidOf = (name: string) => (running.includes(name) ? 1 : undefined)
  const parts = names.map((name) => [name, { role: 'service', state: 'down', pid: pidOf(name) }])
  const system = {
    parts: Object.fromEntries(parts),
    kill: async (part: string) => strike(part),
    stop: async (part: string) => void hit.push(part),
    pause: strike,
  }
  return { hit, stand: { system } as unknown as Stand }
}

function fault(target: string) {
  return { kind: '', target, atMs: 0, forMs: 0, seed: 0 }
}

test('who is not there cannot be killed, frozen or restarted: nothing is broken', async () => {
  const { hit, stand } = openHouse('user')
  for (const kind of [KILL, PAUSE, RESTART]) {
    await assert.rejects(kind.begin(stand, fault('order')), (error: Error) => {
      assert.ok(error instanceof NothingBroken)
      return error.message === 'order is not running: it is down'
    })
    await kind.begin(stand, fault('user'))
  }
  assert.deepEqual(hit, ['user', 'user', 'user'])
})

test('of a crowd all are killed who are there, and it is told when some were not', async () => {
  const { hit, stand } = openHouse('order', 'user')
  await assert.rejects(KILL.begin(stand, fault('services')), (error: Error) => {
    assert.equal(error instanceof NothingBroken, false)
    return error.message === 'payment is not running: it is down'
  })
  assert.deepEqual(hit, ['order', 'user'])
  await assert.rejects(KILL.begin(openHouse().stand, fault('services')), NothingBroken)
})
