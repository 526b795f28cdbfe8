import { type Connection, snapshot } from '@stampede/kit/postgres'
import type { ViewClaim } from './gate/record.ts'
import type { View } from './gate/view.ts'

const CHUNK = 5_000

/**
 * Raises a sale's epoch: from here on, no batch taken under the old view can commit. Undefined: no such sale.
 */
export async function raiseEpoch(client: Connection, saleId: string): Promise<number | undefined> {
  const raise = 'UPDATE sale SET epoch = epoch + 1 WHERE sale_id = $1 RETURNING epoch'
  const { rows } = await client.query<{ epoch: number }>(raise, [saleId])
  return rows[0]?.epoch
}

/** Reads what a view is made of in one snapshot and hands it to `load`, chunk by chunk. */
export function readView<T>(
  client: Connection,
  saleId: string,
  load: (view: View) => Promise<T>,
): Promise<T> {
  return snapshot(client, async (tx) => {
    const { rows } = await tx.query(
      `SELECT epoch, available, limit_per_user, status, starts_at, ends_at FROM sale WHERE sale_id = $1`,
      [saleId],
    )
    const sale = rows[0]
    return load({
      saleId,
      epoch: sale.epoch,
      left: sale.available,
      limit: sale.limit_per_user,
      state: sale.status,
      startsAt: sale.starts_at.getTime(),
      endsAt: sale.ends_at.getTime(),
      users: readUsers(tx, saleId),
      claims: readClaims(tx, saleId),
    })
  })
}

async function* readUsers(tx: Connection, saleId: string): AsyncGenerator<[string, number][]> {
  const query = `SELECT user_id, used FROM buyer_use
    WHERE sale_id = $1 AND user_id > $2 AND used > 0 ORDER BY user_id LIMIT ${CHUNK}`
  for (let last = '00000000-0000-0000-0000-000000000000'; ; ) {
    const { rows } = await tx.query<{ user_id: string; used: number }>(query, [saleId, last])
    if (rows.length === 0) return
    yield rows.map((row) => [row.user_id, row.used])
    last = (rows.at(-1) as { user_id: string }).user_id
  }
}

async function* readClaims(tx: Connection, saleId: string): AsyncGenerator<ViewClaim[]> {
  const [first, end] = claimRange(saleId)
  const query = `SELECT claim_id, stamp, user_id, quantity, key_print, state FROM reservation
    WHERE claim_id > $2 AND claim_id <= $3 AND sale_id = $1 AND state <> 'void'
    ORDER BY claim_id LIMIT ${CHUNK}`
  for (let last = first; ; ) {
    const { rows } = await tx.query(query, [saleId, last, end])
    if (rows.length === 0) return
    yield rows.map((row) => ({
      claimId: row.claim_id,
      stamp: row.stamp,
      userId: row.user_id,
      quantity: row.quantity,
      keyPrint: row.key_print,
      live: row.state !== 'released',
    }))
    last = rows.at(-1).claim_id
  }
}

/** The ids between which all claims of a sale lie: they begin with the time of the sale's own id. */
export function claimRange(saleId: string): [after: string, upTo: string] {
  const time = saleId.slice(0, 14)
  return [`${time}0000-0000-000000000000`, `${time}ffff-ffff-ffffffffffff`]
}
