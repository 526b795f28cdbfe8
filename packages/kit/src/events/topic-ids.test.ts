import assert from 'node:assert/strict'
import { createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { askTopicIds } from './topic-ids.ts'

const ID = '00112233445566778899aabbccddeeff'
// An answer of Kafka 4.3 with one topic of one partition, and what it says of one that is not there.
const ANSWER = [
  '00000000 00 00000000 02 00000001 0a 3132372e302e302e31 00002384 00 00 03 6162 00000001 03',
  `0000 02 74 ${ID} 00 02 0000 00000000 00000001 00000000 02 00000001 02 00000001 01 00 80000000 00`,
  `0003 05 676f6e65 ${'0'.repeat(32)} 00 01 80000000 00`,
  '00',
].join(' ')

function frame(hex: string): Buffer {
  const body = Buffer.from(hex.replaceAll(' ', ''), 'hex')
  const size = Buffer.alloc(4)
  size.writeUInt32BE(body.length)
  return Buffer.concat([size, body])
}

/** A broker that does as told with each who asks. */
async function openBroker(t: TestContext, serve: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => serve(socket))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  t.after(() => server.close())
  return `127.0.0.1:${(server.address() as { port: number }).port}`
}

test('an answer is understood however it is cut into pieces', async (t) => {
  const broker = await openBroker(t, async (socket) => {
    for (const byte of frame(ANSWER)) {
      socket.write(Buffer.of(byte))
      await new Promise(setImmediate)
    }
  })
  assert.deepEqual(await askTopicIds([broker], ['t', 'gone']), new Map([['t', ID]]))
})

test('the next broker is asked when one is away, says nonsense, too much, or nothing', async (t) => {
  const dead = '127.0.0.1:1'
  const sound = await openBroker(t, (socket) => socket.write(frame(ANSWER)))
  const short = await openBroker(t, (socket) => socket.write(frame(ANSWER.slice(0, 200))))
  const huge = await openBroker(t, (socket) => socket.write('\x7fhuge'))
  const hangUp = await openBroker(t, (socket) => socket.end())
  const failing = await openBroker(t, (socket) => socket.write(frame(ANSWER.replace('0003 05', '001d 05'))))
  const brokers = [dead, short, huge, hangUp, failing]
  assert.deepEqual(await askTopicIds([...brokers, sound], ['t']), new Map([['t', ID]]))
  for (const broker of brokers) await assert.rejects(askTopicIds([broker], ['t']))
})
