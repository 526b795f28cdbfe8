import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import type { Stand } from '@stampede/local/stand/stand'
import { CLOCK } from './clock.ts'

const FAULT = { kind: 'clock', target: 'order', atMs: 0, forMs: 0, seed: 3 }
let offSeconds = 0
const server = createServer((_request, response) => {
  response.setHeader('date', new Date(Date.now() + offSeconds * 1000).toUTCString()).end()
})
after(() => server.close())
await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

/** A part whose clock follows what it was told at `share`. */
function openPart(share: number) {
  const told: (string | undefined)[] = []
  const restart = async (_target: string, env: NodeJS.ProcessEnv = {}) => {
    told.push(env['SHIFT'])
    offSeconds = Number(env['SHIFT'] ?? 0) * share
  }
  const shiftClock = (seconds: number) => ({ SHIFT: String(seconds) })
  return { told, stand: { system: { restart, url: () => url }, shiftClock } as unknown as Stand }
}

test('a clock goes wrong by an hour, back or forward, until it is mended', async () => {
  const { stand, told } = openPart(1)
  const mend = await CLOCK.begin(stand, FAULT)
  await mend()
  await CLOCK.begin(stand, { ...FAULT, seed: 4 })
  assert.deepEqual(told, ['-3600', undefined, '3600'])
})

test('a clock that did not go wrong, or not as far, is no fault: the part is started as it was', async () => {
  for (const share of [0, 0.5, -1]) {
    const { stand, told } = openPart(share)
    await assert.rejects(CLOCK.begin(stand, FAULT), /the clock of order is -?\d.* s off, not -3600 s/)
    assert.deepEqual(told, ['-3600', undefined])
  }
})
