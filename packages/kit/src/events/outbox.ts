import type { Topic } from '@stampede/contracts/events'
import type { Tx } from '../postgres.ts'
import { type Fact, writeEvent } from './envelope.ts'

/** Far below the broker's limit of 1 MB for a request's share of a partition. */
const EVENT_CHARS_MAX = 64_000

/**
 * What one transaction has to tell on one topic. `source` names the telling service: `urn:stampede:order`.
 */
export interface News<T extends Topic> {
  readonly source: string
  readonly topic: T
  readonly facts: readonly Fact<T>[]
}

/**
 * Writes events into the outbox of the transaction: they are told if and only if it commits. One row for all
 * facts, so telling costs little per order. Ring the relay (`relay.wake()`) after the commit.
 */
export function tell<T extends Topic>(tx: Tx, news: News<T>): void {
  if (news.facts.length === 0) return
  const values = [news.topic, packEvents(news), news.facts.length]
  tx.send('insert into outbox (topic, events, count) values ($1, $2, $3)', values)
}

/**
 * The column `events` of an outbox row: a line `<key>\t<CloudEvent>` for each fact. For those who write the
 * row in a statement of their own; all others use `tell`.
 */
export function packEvents<T extends Topic>({ source, topic, facts }: News<T>): string {
  return facts
    .map((fact) => {
      const event = writeEvent(source, topic, fact)
      if (event.length > EVENT_CHARS_MAX) throw new Error(`event ${fact.id} has ${event.length} characters`)
      if (/[\t\n]/.test(fact.subject)) throw new Error('the subject of an event contains a tab or a line end')
      return `${fact.subject}\t${event}`
    })
    .join('\n')
}

/**
 * Calls `take` for each line of an outbox row. JSON holds
 * no raw tab or line end, so nothing needs to be parsed.
 */
export function unpackEvents(events: string, take: (key: string, value: string) => void): void {
  for (const line of events.split('\n')) {
    const tab = line.indexOf('\t')
    take(line.slice(0, tab), line.slice(tab + 1))
  }
}
