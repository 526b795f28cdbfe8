import type { PartitionerArgs, Producer, RecordMetadata } from 'kafkajs'
import { within } from '../limit.ts'
import type { KafkaLink } from './kafka.ts'
import { partitionOf } from './partition.ts'

/** A request to the broker holds at most this and one event: its limit for a partition's share is 1 MB. */
const CHUNK_BYTES = 600_000
const ANSWER_MS = 5_000
const SEND_MS = 10_000

export interface Letter {
  /** The topic's name on the broker. */
  readonly topic: string
  readonly key: string
  readonly value: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Where the broker has put letters: from offset `from` up to, not including, `end`. */
export interface Receipt {
  /** The topic's name on the broker. */
  readonly topic: string
  readonly partition: number
  readonly from: number
  readonly end: number
}

export interface Sender {
  /**
   * Resolves when the broker has confirmed every letter, in the order of the confirmations; rejects when that
   * is in doubt: then all must be sent again. Topics must be there.
   */
  send(letters: readonly Letter[]): Promise<Receipt[]>
  close(): Promise<void>
}

interface Line {
  readonly producer: Producer
  /** Letters of the request under way for each partition, as `topic/partition`. */
  readonly asked: Map<string, number>
}

/** A producer that is thrown away after any failure: a new one has no state to be wrong about. */
export function openSender(link: KafkaLink): Sender {
  let line: Line | undefined
  let closed = false

  async function drop(): Promise<void> {
    const dropped = line
    line = undefined
    if (dropped)
      await within(ANSWER_MS, 'leaving the broker', dropped.producer.disconnect()).catch(() => undefined)
  }

  return {
    async send(letters) {
      const receipts: Receipt[] = []
      try {
        for (const chunk of splitByBytes(letters)) {
          line ??= await openLine(link)
          if (closed) throw new Error('the sender is closed')
          receipts.push(...(await within(SEND_MS, 'sending', sendChunk(line, chunk))))
        }
        return receipts
      } catch (error) {
        void drop()
        throw error
      }
    },
    async close() {
      closed = true
      await drop()
    },
  }
}

async function openLine(link: KafkaLink): Promise<Line> {
  const asked = new Map<string, number>()
  const producer = link.client.producer({
    idempotent: false,
    allowAutoTopicCreation: false,
    createPartitioner: () => notePartitions(asked),
  })
  const connected = producer.connect()
  try {
    await within(SEND_MS, 'connecting', connected)
  } catch (error) {
    const leave = () => producer.disconnect()
    void connected.then(leave, leave).catch(() => undefined)
    throw error
  }
  return { producer, asked }
}

/** The usual choice by the key's hash, noted down to be compared with the answers. */
function notePartitions(asked: Map<string, number>) {
  return ({ topic, partitionMetadata, message }: PartitionerArgs) => {
    const partition = partitionOf(String(message.key), partitionMetadata.length)
    const place = `${topic}/${partition}`
    asked.set(place, (asked.get(place) ?? 0) + 1)
    return partition
  }
}

async function sendChunk({ producer, asked }: Line, letters: readonly Letter[]): Promise<Receipt[]> {
  asked.clear()
  const byTopic = Map.groupBy(letters, ({ topic }) => topic)
  const topicMessages = [...byTopic].map(([topic, messages]) => ({ topic, messages: [...messages] }))
  return checkAnswers(asked, await producer.sendBatch({ acks: -1, timeout: ANSWER_MS, topicMessages }))
}

/**
 * Believes only in offsets: when a partition's leader moves while the client retries, it can leave out that
 * partition's share and still resolve.
 */
export function checkAnswers(
  asked: ReadonlyMap<string, number>,
  answers: readonly RecordMetadata[],
): Receipt[] {
  const missing = new Map(asked)
  const receipts: Receipt[] = []
  for (const { topicName, partition, errorCode, baseOffset } of answers) {
    const from = Number(baseOffset)
    const place = `${topicName}/${partition}`
    const count = missing.get(place)
    if (count === undefined || errorCode !== 0 || !(from >= 0)) continue
    missing.delete(place)
    receipts.push({ topic: topicName, partition, from, end: from + count })
  }
  if (missing.size > 0) throw new Error(`the broker did not confirm ${[...missing.keys()].join(', ')}`)
  return receipts
}

export function* splitByBytes(letters: readonly Letter[]): Generator<readonly Letter[]> {
  let start = 0
  let bytes = 0
  for (const [i, { value }] of letters.entries()) {
    bytes += Buffer.byteLength(value)
    if (bytes < CHUNK_BYTES) continue
    yield letters.slice(start, i + 1)
    start = i + 1
    bytes = 0
  }
  if (start < letters.length) yield letters.slice(start)
}
