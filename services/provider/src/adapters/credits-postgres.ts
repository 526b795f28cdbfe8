import type { Charge, NewCredit } from '@stampede/contracts/provider'
import { type Pool, type Tx, transaction } from '@stampede/kit/postgres'
import { type ChargeRow, COLUMNS, toCharge } from './charge-row.ts'

export type Credited = Charge | 'unknown' | 'other' | 'too-much'

const LOCK = `select ${COLUMNS} from charge where reference = $1 for no key update`
const FIND = `select charge_reference as "charge", amount_cents as "amountCents" from credit
  where reference = $1`
const MAKE = `insert into credit (reference, charge_reference, amount_cents) values ($1, $2, $3)
  on conflict do nothing`
const ADD = 'update charge set refunded_cents = refunded_cents + $2 where reference = $1'

/**
 * Gives back some of a charge and returns it as it is then. `unknown`: no such charge; `other`: the credit's
 * reference was used for something else; `too-much`: more than is left of what was taken.
 */
export async function creditCharge(pool: Pool, reference: string, wish: NewCredit): Promise<Credited> {
  return transaction(pool, async (tx) => {
    const { rows } = await tx.query<ChargeRow>(LOCK, [reference])
    const [charge] = rows
    return charge ? credit(tx, toCharge(charge), wish) : 'unknown'
  })
}

/** The charge is locked: nobody else credits it meanwhile. */
async function credit(tx: Tx, charge: Charge, wish: NewCredit): Promise<Credited> {
  const { reference, amountCents } = wish
  const { rows } = await tx.query<{ charge: string; amountCents: number }>(FIND, [reference])
  const [before] = rows
  if (before) {
    return before.charge === charge.reference && before.amountCents === amountCents ? charge : 'other'
  }
  const refundedCents = charge.refundedCents + amountCents
  if (charge.state !== 'succeeded' || refundedCents > charge.amountCents) return 'too-much'
  // Somebody may use it for another charge at this very moment.
  const made = await tx.query(MAKE, [reference, charge.reference, amountCents])
  if (made.rowCount === 0) return 'other'
  tx.send(ADD, [charge.reference, amountCents])
  return { ...charge, refundedCents }
}
