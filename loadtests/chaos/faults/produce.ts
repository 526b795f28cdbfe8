import type { Message, Producer } from 'kafkajs'

export type Placed = Message & { readonly topic: string }

/** One request for all; resolves when the broker has them. */
export async function produce(producer: Producer, messages: readonly Placed[]): Promise<void> {
  const byTopic = Map.groupBy(messages, ({ topic }) => topic)
  const topicMessages = [...byTopic].map(([topic, placed]) => ({
    topic,
    messages: placed.map(({ key, value, headers, partition }) => ({
      ...{ key: key ?? null, value },
      ...(headers && { headers }),
      ...(partition !== undefined && { partition }),
    })),
  }))
  await producer.sendBatch({ acks: -1, topicMessages })
}
