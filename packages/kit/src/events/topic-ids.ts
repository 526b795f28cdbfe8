import net from 'node:net'
import { within } from '../limit.ts'

const ASK_MS = 5_000
const ANSWER_BYTES_MAX = 16 * 1024 * 1024
// Metadata, in a version that tells the ids of topics (Kafka 3.1); the client speaks version 6 at most.
const API_KEY = 3
const API_VERSION = 12
const UNKNOWN_TOPIC = 3

/**
 * The id the broker has given to each topic that exists, by its name on the broker. A topic that was deleted
 * and made anew under the same name, or by a broker that lost its disk, has another id: this alone tells.
 * `brokers` are asked in their order until one answers; rejects when none does.
 */
export async function askTopicIds(
  brokers: readonly string[],
  names: readonly string[],
): Promise<Map<string, string>> {
  let failure: unknown
  for (const broker of brokers) {
    try {
      return readAnswer(await ask(broker, writeQuestion(names)))
    } catch (error) {
      failure = error
    }
  }
  throw failure
}

async function ask(broker: string, question: Buffer): Promise<Buffer> {
  const colon = broker.lastIndexOf(':')
  const to = { host: broker.slice(0, colon), port: Number(broker.slice(colon + 1)) }
  const socket = net.connect(to, () => socket.write(question))
  try {
    return await within(ASK_MS, `asking ${broker}`, readFrame(socket))
  } finally {
    socket.on('error', () => undefined)
    socket.destroy()
  }
}

async function readFrame(socket: net.Socket): Promise<Buffer> {
  let bytes = Buffer.alloc(0)
  for await (const chunk of socket) {
    bytes = Buffer.concat([bytes, chunk as Buffer])
    if (bytes.length < 4) continue
    const size = bytes.readUInt32BE(0)
    if (size > ANSWER_BYTES_MAX) throw new Error(`an answer of ${size} bytes`)
    if (bytes.length >= 4 + size) return bytes.subarray(4, 4 + size)
  }
  throw new Error('the broker ended the connection')
}

function writeQuestion(names: readonly string[]): Buffer {
  const head = Buffer.alloc(11)
  head.writeInt16BE(API_KEY, 0)
  head.writeInt16BE(API_VERSION, 2)
  // No client id, correlation 0: there is one question on this connection.
  head.writeInt16BE(-1, 8)
  const topics = names.flatMap((name) => {
    const bytes = Buffer.from(name)
    return [Buffer.alloc(16), varint(bytes.length + 1), bytes, Buffer.of(0)]
  })
  // Neither create what is missing, nor tell what we may do.
  const body = Buffer.concat([head, varint(names.length + 1), ...topics, Buffer.of(0, 0, 0)])
  const size = Buffer.alloc(4)
  size.writeUInt32BE(body.length)
  return Buffer.concat([size, body])
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
  return Buffer.of(...bytes, rest)
}

function readAnswer(answer: Buffer): Map<string, string> {
  const reader = openReader(answer)
  reader.skip(4)
  reader.tags()
  reader.skip(4)
  reader.list(() => {
    reader.skip(4)
    reader.text()
    reader.skip(4)
    reader.text()
    reader.tags()
  })
  reader.text()
  reader.skip(4)
  const ids = new Map<string, string>()
  reader.list(() => {
    const { error, name, id } = readTopic(reader)
    if (error === 0) ids.set(name, id)
    else if (error !== UNKNOWN_TOPIC) throw new Error(`the broker says error ${error} of ${name}`)
  })
  return ids
}

type Reader = ReturnType<typeof openReader>

function readTopic(reader: Reader) {
  const error = reader.bytes(2).readInt16BE()
  const name = reader.text()
  const id = reader.bytes(16).toString('hex')
  reader.skip(1)
  reader.list(() => {
    reader.skip(14)
    for (let lists = 0; lists < 3; lists++) reader.list(() => reader.skip(4))
    reader.tags()
  })
  reader.skip(4)
  reader.tags()
  return { error, name, id }
}

function openReader(answer: Buffer) {
  let at = 0
  function bytes(length: number): Buffer {
    at += length
    if (at > answer.length) throw new Error('the answer ends too early')
    return answer.subarray(at - length, at)
  }
  function size(): number {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = bytes(1).readUInt8()
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }
  return {
    bytes,
    skip: (length: number) => void bytes(length),
    text: () => bytes(Math.max(0, size() - 1)).toString(),
    list(read: () => void): void {
      for (let left = size() - 1; left > 0; left--) read()
    },
    tags(): void {
      for (let left = size(); left > 0; left--) {
        size()
        bytes(size())
      }
    },
  }
}
