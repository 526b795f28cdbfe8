import { markReplayed, type Replay } from '@stampede/kit/events/replay'
import { type Pool, transaction } from '@stampede/kit/postgres'
import type { CallKey } from '../domain/registry.ts'
import { CALL_PARTITION, end, type Taken } from './calls-postgres.ts'
import type { Made } from './effects-postgres.ts'

const FIND_SQL = `select c.function as name, c.event_id as "eventId" from dead_letter as d
  join call as c on c.function = d.consumer and c.id = d.kafka_offset
  where d.id = $1 and d.partition = ${CALL_PARTITION}`
const LOCK_SQL = 'select from dead_letter where id = $1 and replayed_at is null for update'

/** The call of a dead letter; undefined when there is no such letter, or it is one of a consumer. */
export async function findDeadCall(pool: Pool, letterId: string): Promise<CallKey | undefined> {
  return (await pool.query<CallKey>(FIND_SQL, [letterId])).rows[0]
}

/** Ends a call that had been given up, as if it had never failed, in one transaction with its letter. */
export function finishDead(pool: Pool, letterId: string, { taken, made }: Found): Promise<Replay> {
  return transaction(pool, async (tx): Promise<Replay> => {
    const { rowCount } = await tx.query(LOCK_SQL, [letterId])
    if (rowCount === 0 || !(await end(tx, taken, { made, from: 'dead' }))) return REPLAYED_BEFORE
    return markReplayed(tx, letterId)
  })
}

interface Found {
  readonly taken: Taken
  readonly made: Made
}

export const REPLAYED_BEFORE = { failed: 'it was replayed before' } as const
