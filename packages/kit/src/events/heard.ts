import type { Topic } from '@stampede/contracts/events'
import type { Batch } from 'kafkajs'
import type { Log } from '../log.ts'
import type { Pool } from '../postgres.ts'
import { latestOf } from './generation.ts'

const READ_SQL = 'select topic, partition, generation from heard where consumer = $1'
const NOTE_SQL = `insert into heard as old (consumer, topic, partition, generation) values ($1, $2, $3, $4)
  on conflict (consumer, topic, partition) do update set generation = excluded.generation
  where old.generation < excluded.generation`

export interface HeardOptions {
  /** Connections whose search path holds `heard`. */
  readonly pool: Pool
  readonly group: string
  readonly log: Log
}

export interface Heard {
  /**
   * Whether the batch is of a log that this group has not read from its beginning, but from a place in the
   * log that was lost: its partition must then be read again from its beginning. It says so at most once for
   * a partition, a log and a membership. Rejects when Postgres is away.
   */
  skips(topic: Topic, batch: Batch): Promise<boolean>
  /** Call it when partitions were dealt anew: another member may have gone on with them. */
  forget(): void
}

interface Row {
  readonly topic: string
  readonly partition: number
  readonly generation: number
}

/**
 * Knows from which log, by its generation, a group reads each partition. The client keeps its place in a
 * topic that is deleted and made anew, and reads on from there if the new log has grown beyond it by then.
 */
export function openHeard({ pool, group, log }: HeardOptions): Heard {
  let known: Promise<Map<string, number>> | undefined
  const rewound = new Map<string, number>()

  async function read(): Promise<Map<string, number>> {
    const { rows } = await pool.query<Row>(READ_SQL, [group])
    return new Map(rows.map(({ topic, partition, generation }) => [`${topic}/${partition}`, generation]))
  }

  async function generationOf(place: string): Promise<number> {
    const reading = known ?? read()
    known = reading
    reading.catch(() => {
      if (known === reading) known = undefined
    })
    return (await reading).get(place) ?? 1
  }

  return {
    async skips(topic, { partition, messages }) {
      const latest = latestOf(messages)
      if (latest === 1) return false
      const place = `${topic}/${partition}`
      if (latest <= (await generationOf(place))) return false
      if (messages[0]?.offset !== '0' && latest > (rewound.get(place) ?? 1)) {
        log.warn({ group, topic, partition, generation: latest }, 'Kafka had lost events; reading again')
        rewound.set(place, latest)
        return true
      }
      await pool.query(NOTE_SQL, [group, topic, partition, latest])
      ;(await known)?.set(place, latest)
      return false
    },
    forget() {
      known = undefined
      rewound.clear()
    },
  }
}
