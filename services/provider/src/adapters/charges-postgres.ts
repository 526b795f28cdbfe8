import type { Charge, NewCharge } from '@stampede/contracts/provider'
import { column, type Pool, transaction } from '@stampede/kit/postgres'
import { v7 } from 'uuid'
import { SCRIPTS } from '../domain/script.ts'
import { type ChargeRow, COLUMNS, toCharge } from './charge-row.ts'
import { queueWebhooks } from './webhooks-postgres.ts'

const MAKE = `insert into charge (reference, charge_id, asked_cents, currency, outcome, due_at)
  values ($1, $2, $3, $4, $5, now() + $6 * interval '1 ms')
  on conflict do nothing returning ${COLUMNS}`
const FIND = `select ${COLUMNS} from charge where reference = $1`
const DUE = `select ${COLUMNS} from charge where state = 'processing' and due_at <= now()
  order by due_at limit $1 for no key update skip locked`
const DECIDE = `update charge set state = decided.state, taken_cents = decided.taken
  from unnest($1::uuid[], $2::text[], $3::bigint[]) as decided (reference, state, taken)
  where charge.reference = decided.reference`

/** The charge of this reference, made now or before; `other` if that was for another amount or currency. */
export async function makeCharge(pool: Pool, wish: NewCharge): Promise<Charge | 'other'> {
  const values = [wish.reference, v7(), wish.amountCents, wish.currency, wish.outcome, wish.delayMs]
  return transaction(pool, async (tx) => {
    const { rows } = await tx.query<ChargeRow>(MAKE, values)
    if (rows[0]) queueWebhooks(tx, 'made', rows)
    const [charge] = rows[0] ? rows : (await tx.query<ChargeRow>(FIND, [wish.reference])).rows
    if (!charge) throw new Error('a charge is there and is not')
    const same = charge.askedCents === wish.amountCents && charge.currency === wish.currency
    return same ? toCharge(charge) : 'other'
  })
}

export async function findCharge(pool: Pool, reference: string): Promise<Charge | undefined> {
  const { rows } = await pool.query<ChargeRow>(FIND, [reference])
  return rows[0] && toCharge(rows[0])
}

/** Ends charges that are due, at most `max`, and queues what is told of them. Returns the ended ones. */
export async function decideDue(pool: Pool, max: number): Promise<readonly Charge[]> {
  return transaction(pool, async (tx) => {
    const { rows } = await tx.query<ChargeRow>(DUE, [max])
    const decided = rows.map((row): ChargeRow => {
      const { end, moreCents } = SCRIPTS[row.outcome]
      return { ...row, state: end, amountCents: end === 'succeeded' ? row.askedCents + moreCents : 0 }
    })
    if (decided.length === 0) return []
    tx.send(DECIDE, [
      column(decided, ({ reference }) => reference),
      column(decided, ({ state }) => state),
      column(decided, ({ amountCents }) => amountCents),
    ])
    queueWebhooks(tx, 'decided', decided)
    return decided
  })
}
