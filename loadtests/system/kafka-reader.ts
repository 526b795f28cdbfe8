import { TOPICS } from '@stampede/contracts/events'
import { AssignerProtocol, Kafka, logLevel } from 'kafkajs'

/** An event as a reader who knows nothing of the system finds it on the broker. */
export interface SeenEvent {
  readonly topic: string
  readonly id: string
  readonly subject: string
  readonly key: string
  /** Events about money name no sale. */
  readonly about: readonly { readonly orderId: string; readonly saleId?: string }[]
}

/** How far a group of consumers is behind, over all its topics. */
export interface GroupLag {
  readonly group: string
  readonly behind: number
}

/** Groups of those who only look on: nobody waits for them. */
export const PROBE = 'probe-'
const ONLOOKERS = [PROBE, 'gateway-live-']
const READ_MS = 30_000

/** Reads all topics from their beginning to their present end. Throws when that takes more than 30 s. */
export async function readAllEvents(brokers: string): Promise<SeenEvent[]> {
  const kafka = openClient(brokers)
  const wanted = await readEnds(kafka)
  const events: SeenEvent[] = []
  const consumer = kafka.consumer({ groupId: `${PROBE}books-${Date.now()}` })
  await consumer.connect()
  await consumer.subscribe({ topics: Object.keys(TOPICS), fromBeginning: true })
  try {
    await new Promise<void>((all, failed) => {
      const timer = setTimeout(() => failed(new Error(`Kafka: still missing ${[...wanted.keys()]}`)), READ_MS)
      const finishWhenAll = () => {
        if (wanted.size > 0) return
        clearTimeout(timer)
        all()
      }
      finishWhenAll()
      const eachBatch: Parameters<typeof consumer.run>[0] = {
        autoCommit: false,
        eachBatch: async ({ batch }) => {
          for (const { key, value } of batch.messages) events.push(toSeen(batch.topic, key, value))
          const place = `${batch.topic}/${batch.partition}`
          if (Number(batch.lastOffset()) + 1 >= (wanted.get(place) ?? 0)) wanted.delete(place)
          finishWhenAll()
        },
      }
      consumer.run(eachBatch).catch(failed)
    })
  } finally {
    await consumer.disconnect()
  }
  return events
}

/** The lag of every group of the system. */
export async function readLags(brokers: string): Promise<GroupLag[]> {
  const kafka = openClient(brokers)
  const ends = await readEnds(kafka)
  const admin = kafka.admin()
  await admin.connect()
  try {
    const { groups } = await admin.listGroups()
    const ids = groups
      .map(({ groupId }) => groupId)
      .filter((id) => !ONLOOKERS.some((by) => id.startsWith(by)))
    const described = ids.length > 0 ? (await admin.describeGroups(ids)).groups : []
    const lags: GroupLag[] = []
    for (const { groupId: group, members } of described) {
      const committed = await admin.fetchOffsets({ groupId: group, topics: Object.keys(TOPICS) })
      const assigned = new Set(members.flatMap(topicsOf))
      let behind = 0
      for (const { topic, partitions } of committed) {
        // A group that has no part of a topic and never committed anything for it does not consume it.
        if (!assigned.has(topic) && partitions.every(({ offset }) => offset === '-1')) continue
        for (const { partition, offset } of partitions) {
          behind += Math.max(0, (ends.get(`${topic}/${partition}`) ?? 0) - Math.max(0, Number(offset)))
        }
      }
      lags.push({ group, behind })
    }
    return lags
  } finally {
    await admin.disconnect()
  }
}

function topicsOf({ memberAssignment }: { memberAssignment: Buffer }): string[] {
  if (memberAssignment.length === 0) return []
  return Object.keys(AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment ?? {})
}

function openClient(brokers: string): Kafka {
  return new Kafka({ clientId: 'books', brokers: brokers.split(','), logLevel: logLevel.NOTHING })
}

/** `topic/partition` to the offset after its last event; empty partitions are left out. */
async function readEnds(kafka: Kafka): Promise<Map<string, number>> {
  const admin = kafka.admin()
  await admin.connect()
  try {
    const existing = await admin.listTopics()
    const ends = new Map<string, number>()
    for (const topic of Object.keys(TOPICS).filter((name) => existing.includes(name))) {
      for (const { partition, high } of await admin.fetchTopicOffsets(topic)) {
        if (Number(high) > 0) ends.set(`${topic}/${partition}`, Number(high))
      }
    }
    return ends
  } finally {
    await admin.disconnect()
  }
}

interface Named {
  readonly orderId?: string
  readonly claimId?: string
  readonly saleId?: string
}

function toSeen(topic: string, key: Buffer | null, value: Buffer | null): SeenEvent {
  const event = JSON.parse(value?.toString() ?? '{}') as {
    readonly id?: string
    readonly subject?: string
    readonly data?: Named & { readonly reservations?: readonly Named[] }
  }
  const { id = '', subject = '', data = {} } = event
  const about = (data.reservations ?? [data]).map(({ orderId, claimId, saleId }) => ({
    orderId: orderId ?? claimId ?? '',
    ...(saleId !== undefined && { saleId }),
  }))
  return { topic, id, subject, key: key?.toString() ?? '', about }
}
