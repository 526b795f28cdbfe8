import { drawInteger, type Random } from '../../generator/random.ts'

/**
 * Stands in every poisoned value, so that an auditor can tell its dead letter from one of the system's own.
 */
export const POISON_MARK = 'poison-of-the-fault-machine'

export interface Poison {
  readonly key: string | null
  readonly value: Buffer
}

/** Garbage, or an event with something wrong. None of them is one that the system could act on. */
const SORTS: readonly ((topic: string, id: string) => string | Buffer)[] = [
  () => POISON_MARK,
  () => Buffer.concat([Buffer.from(POISON_MARK), Buffer.from([0, 0xff, 0xfe, 0xc0, 0x80, 0])]),
  () => `{"mark":"${POISON_MARK}"`,
  () => JSON.stringify([POISON_MARK]),
  () => JSON.stringify(POISON_MARK),
  (topic, id) => JSON.stringify({ ...event(topic, id), data: null }),
  (topic, id) => JSON.stringify({ ...event(topic, id), data: { orderId: 42, version: 'x' } }),
  (topic, id) => JSON.stringify({ ...event(topic, id), specversion: '0.3' }),
  (topic, id) => JSON.stringify({ ...event(topic, id), type: `${topic}.unheard-of` }),
  (topic, id) => JSON.stringify({ ...event(topic, id), id: '', data: { reservations: 'none' } }),
  (topic, id) => JSON.stringify({ ...event(topic, id), data: { orderId: '\u0000', reservations: [null] } }),
]

export function drawPoison(random: Random, topic: string): Poison {
  const id = `${POISON_MARK}-${drawInteger(random, 2 ** 48)}`
  const write = SORTS[drawInteger(random, SORTS.length)] as (typeof SORTS)[number]
  return { key: random() < 0.5 ? null : id, value: Buffer.from(write(topic, id)) }
}

/** Lacks only its data. */
function event(topic: string, id: string) {
  return {
    ...{ specversion: '1.0', id, source: POISON_MARK, type: topic, subject: id },
    ...{ time: new Date(0).toISOString(), datacontenttype: 'application/json' },
  }
}
