import { TOPICS, type Topic } from '@stampede/contracts/events'
import { drawInteger, type Random, shuffle } from '../../generator/random.ts'
import type { Copy } from './follow.ts'
import type { Placed } from './produce.ts'

/** Besides the message itself. */
const TIMES = 2
/** Copies carry it, or they would be sent again in their turn, ever more of them. */
const MARK = 'sent-again'

/** Each message twice more, in any order and each in any partition of its topic; copies are left out. */
export function scatter(random: Random, messages: readonly Copy[]): Placed[] {
  const copies = messages.filter(isOriginal).flatMap(({ topic, key, value, headers }) =>
    Array.from({ length: TIMES }, () => ({
      ...{ topic, key, value, headers: { ...headers, [MARK]: '1' } },
      partition: drawInteger(random, TOPICS[topic as Topic]),
    })),
  )
  return shuffle(random, copies)
}

export function isOriginal({ headers }: Pick<Copy, 'headers'>): boolean {
  return headers[MARK] === undefined
}
