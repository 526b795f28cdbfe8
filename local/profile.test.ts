import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import { type PartName, pickProfile, profileOf, refuseTakenPorts } from './profile.ts'

const PARTS: PartName[] = [
  'gateway',
  'user',
  'inventory',
  'order',
  'postgres',
  'redis-gate',
  'redis-queue',
  'kafka',
  'kafka-controller',
  'kafka-proxied',
  'toxiproxy',
]

test('no two systems share a port, and none lies where Linux takes ports for outgoing connections', () => {
  const choices = [
    { profile: 'start' },
    { profile: 'demo' },
    { profile: 'bench' },
    { profile: 'story' },
    { profile: 'chaos' },
    { profile: 'chaos', block: 1 },
    ...Array.from({ length: 10 }, (_, block) => ({ profile: 'test', block }) as const),
  ] as const
  const ports = choices.flatMap((choice) => {
    const profile = pickProfile(choice)
    const services = (['gateway', 'user', 'inventory', 'order'] as const).flatMap((name) =>
      [1, 2, 3].map((index) => profile.port(name, index)),
    )
    return [...PARTS.map((part) => profile.port(part)), ...services]
  })
  assert.equal(new Set(ports).size, ports.length)
  assert.ok(ports.every((port) => port > 1024 && port < 32768))
})

test('a label names its profile and block, and nothing else does', () => {
  assert.deepEqual(profileOf('test-2'), { profile: 'test', block: 2 })
  assert.deepEqual(profileOf('start'), { profile: 'start', block: 0 })
  for (const label of ['cache', 'tools', 'toString', 'test-', '../test', ''])
    assert.equal(profileOf(label), undefined)
})

test('every taken port is named with its purpose before anything starts', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const wanted = new Map([['postgres', port]])
  await assert.rejects(
    refuseTakenPorts(wanted),
    new RegExp(`${port} \\(wanted for postgres\\)[\\s\\S]*STAMPEDE_PORT_BASE`),
  )
  server.close()
  await once(server, 'close')
  await refuseTakenPorts(wanted)
})
