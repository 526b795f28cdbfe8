import type pg from 'pg'

const SQL = `select
  (select json_agg(json_build_object('state', state, 'version', version)) from coupon
    where order_id = $1) as coupons,
  (select json_agg(points order by points desc) from points where order_id = $1) as points,
  (select json_agg(text order by at) from message where order_id = $1) as messages,
  (select count(*)::int from call where event::json->>'subject' = $1::text and state <> 'done') as "undone",
  (select count(*)::int from call where event::json->>'subject' = $1::text) as "calls"`

export interface Effects {
  readonly coupons: readonly { state: string; version: number }[] | null
  readonly points: readonly number[] | null
  readonly messages: readonly string[] | null
  readonly undone: number
  readonly calls: number
}

/** All that functions have done for an order. */
export async function countEffects(sql: pg.Pool, orderId: string): Promise<Effects> {
  return (await sql.query<Effects>(SQL, [orderId])).rows[0] as Effects
}
