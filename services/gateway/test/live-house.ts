import { randomBytes } from 'node:crypto'
import type { Topic } from '@stampede/contracts/events'
import { openKafka, useAdmin } from '@stampede/kit/events/kafka'
import { openSender } from '@stampede/kit/events/sender'
import { openLog } from '@stampede/kit/log'
import { until } from './stand-ins.ts'

/** Topics of its own on the real broker, to tell news on and to see who listens. */
export async function openNewsroom() {
  const prefix = `g${randomBytes(4).toString('hex')}.`
  const brokers = process.env['KAFKA_BROKERS'] ?? ''
  const log = openLog('newsroom', 'silent')
  const kafka = openKafka({ brokers: brokers.split(','), clientId: 'newsroom', prefix, log })
  await kafka.ensureTopics()
  const sender = openSender(kafka)
  /** A broker that has just started takes a while before it can tell. */
  async function listGroups(): Promise<string[]> {
    let ids: string[] | undefined
    await until(async () => {
      const list = await useAdmin(kafka.client, (admin) => admin.listGroups()).catch(() => undefined)
      ids = list?.groups.map(({ groupId }) => groupId)
      return ids !== undefined
    })
    return ids ?? []
  }
  return {
    ...{ kafka, log },
    env: { KAFKA_BROKERS: brokers, EVENTS_PREFIX: prefix },
    /** What is told does not matter, and whoever only listens must not care. */
    tell: (topic: Topic, orderId: string) =>
      sender.send([{ topic: prefix + topic, key: orderId, value: 'not even JSON' }]),
    /** The groups that listen, by the names they have among us. */
    async groups(): Promise<string[]> {
      const ours = (await listGroups()).filter((id) => id.startsWith(prefix))
      return ours.map((id) => id.slice(prefix.length))
    },
    async close(): Promise<void> {
      await sender.close()
      await useAdmin(kafka.client, async (admin) => {
        const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(prefix))
        await admin.deleteTopics({ topics })
      })
    },
  }
}

export type Newsroom = Awaited<ReturnType<typeof openNewsroom>>
