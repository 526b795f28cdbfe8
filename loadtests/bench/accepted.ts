import { Client } from 'pg'
import type { Outcome } from './finding.ts'
import { runRace, sumUp } from './race.ts'
import type { Range } from './range.ts'
import { median } from './sample.ts'
import type { Aim, Shot } from './shot.ts'

const BUYERS = 5000
const CONNECTIONS = 256
const ROUND_MS = 4000
const WARM_UP_ATTEMPTS = 10_000
const UNITS = 10_000
const STOCK = 5_000_000
const READ_LIMIT_MS = 30_000
const COUNT = 'SELECT count(*)::int AS orders FROM orders.orders WHERE sale_id = $1'

/** Every attempt wins, and is answered only when its order is durable. */
export async function measureAccepted(range: Range): Promise<Outcome> {
  const race = await runRace(range, {
    title: 'all accepted',
    shotOf: () => acceptedShot(range, { connections: CONNECTIONS, attempts: STOCK, limitMs: ROUND_MS }),
  })
  const seconds: number[] = []
  for (let round = 0; round < range.rounds; round++) {
    seconds.push(await sellTenThousand(range))
    range.say(`10,000 units sold, durable and readable, round ${round + 1}: ${seconds.at(-1)?.toFixed(2)} s`)
  }
  const value = sumUp(race).speedRatio
  return {
    races: [race],
    findings: [
      { what: 'durable orders/s to bare', value, unit: '×', goal: { atLeast: 0.2 } },
      { what: '10,000 units, all readable', value: median(seconds), unit: 's', goal: { atMost: 2.5 } },
    ],
    data: { tenThousandSeconds: seconds },
  }
}

/** Warm, at a sale that no round can empty. */
export async function acceptedShot(range: Range, pace: Shot['pace']): Promise<Omit<Shot, 'urls'>> {
  await range.needBuyers(BUYERS)
  const saleId = await range.openSale(STOCK)
  const aim = (): Aim => ({
    saleIds: [saleId],
    buyers: { first: 0, count: BUYERS },
    keys: range.newKeys(),
  })
  return { aim: aim(), pace, warmUps: [{ aim: aim(), attempts: WARM_UP_ATTEMPTS }] }
}

/** Seconds from the first attempt until every unit has its answer and Postgres shows an order for it. */
async function sellTenThousand(range: Range): Promise<number> {
  const saleId = await range.openSale(UNITS)
  const aim: Aim = { saleIds: [saleId], buyers: { first: 0, count: BUYERS }, keys: range.newKeys() }
  const pace = { connections: CONNECTIONS, attempts: UNITS, limitMs: READ_LIMIT_MS }
  const { warmUps } = await acceptedShot(range, pace)
  let readableMs = Number.NaN
  const { hit } = await range.shootSystem(
    { aim, pace, warmUps },
    {
      async onHit({ tookMs }) {
        readableMs = tookMs + (await untilReadable(range, saleId))
      },
    },
  )
  if (hit.statuses['201'] !== UNITS) throw new Error(`${hit.statuses['201']} of ${UNITS} were accepted`)
  return readableMs / 1000
}

async function untilReadable(range: Range, saleId: string): Promise<number> {
  const startedAt = performance.now()
  const reader = new Client({ connectionString: range.system.engines.DATABASE_URL })
  await reader.connect()
  try {
    for (;;) {
      const { rows } = await reader.query<{ orders: number }>(COUNT, [saleId])
      const tookMs = performance.now() - startedAt
      if (rows[0]?.orders === UNITS) return tookMs
      if (tookMs > READ_LIMIT_MS) throw new Error(`only ${rows[0]?.orders} of ${UNITS} orders can be read`)
    }
  } finally {
    await reader.end()
  }
}
