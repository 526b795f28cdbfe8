import type { Webhook } from '@stampede/contracts/provider'
import type { Pool, Tx } from '@stampede/kit/postgres'
import { v7 } from 'uuid'
import { SCRIPTS } from '../domain/script.ts'
import { type ChargeRow, toCharge } from './charge-row.ts'

/** A webhook that waits to be sent. `tries` counts this one. */
export interface Waiting {
  readonly id: number
  readonly eventId: string
  readonly body: string
  readonly tries: number
}

const QUEUE = `insert into webhook (event_id, body, due_at)
  select event_id, body, now() + after_ms * interval '1 ms'
  from unnest($1::uuid[], $2::text[], $3::int[]) as told (event_id, body, after_ms)`
// Moved ahead, not locked: no transaction is open while its receiver takes its time.
const TAKE = `update webhook set tries = tries + 1, due_at = now() + $2 * interval '1 ms'
  where id = any(array(
    select id from webhook where due_at <= now() order by due_at limit $1 for no key update skip locked))
  returning id, event_id as "eventId", body, tries`
const DROP = 'delete from webhook where id = $1'
const DELAY = `update webhook set due_at = now() + $2 * interval '1 ms' where id = $1`

/** Queues what is told of charges that were just made, or decided, in the transaction that did it. */
export function queueWebhooks(tx: Tx, when: 'made' | 'decided', charges: readonly ChargeRow[]): void {
  const now = new Date().toISOString()
  const told = charges.flatMap((charge) => {
    const { whenMade, whenDecided } = SCRIPTS[charge.outcome]
    return (when === 'made' ? whenMade : whenDecided).flatMap(({ about, afterMs, copies }) => {
      const eventId = v7()
      const body = JSON.stringify(about === 'start' ? tellStart(charge, now) : tell(charge, now))
      return Array.from({ length: copies }, () => ({ eventId, body, afterMs }))
    })
  })
  if (told.length === 0) return
  tx.send(QUEUE, [
    told.map(({ eventId }) => eventId),
    told.map(({ body }) => body),
    told.map(({ afterMs }) => afterMs),
  ])
}

function tell(charge: ChargeRow, timestamp: string): Webhook {
  return { type: `charge.${charge.state}`, timestamp, data: toCharge(charge) }
}

function tellStart(charge: ChargeRow, timestamp: string): Webhook {
  return tell({ ...charge, state: 'processing', amountCents: 0 }, timestamp)
}

/** Takes what is due and hides it for `leaseMs`: who dies with it leaves it to the next. */
export async function takeWebhooks(pool: Pool, max: number, leaseMs: number): Promise<readonly Waiting[]> {
  return (await pool.query<Waiting>(TAKE, [max, leaseMs])).rows
}

export async function dropWebhook(pool: Pool, id: number): Promise<void> {
  await pool.query(DROP, [id])
}

export async function delayWebhook(pool: Pool, id: number, pauseMs: number): Promise<void> {
  await pool.query(DELAY, [id, Math.round(pauseMs)])
}
