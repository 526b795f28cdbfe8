import assert from 'node:assert/strict'
import { after, mock, test } from 'node:test'
import { pino } from 'pino'
import { openClock } from '../src/clock.ts'
import { openPool } from '../src/postgres.ts'

const log = pino({ level: 'silent' })
const url = process.env['DATABASE_URL'] ?? ''
const pool = openPool({ url, schema: 'public', service: 'kit-test', connectionsMax: 2, log })
after(() => pool.end())

test("it tells the database's time, whatever the machine's clock says", async () => {
  mock.timers.enable({ apis: ['Date'], now: 0 })
  const clock = await openClock(pool, log)
  try {
    const { rows } = await pool.query('select extract(epoch from clock_timestamp())::float8 * 1000 as now')
    assert.ok(Math.abs(clock.now() - rows[0].now) < 1_000)
    assert.equal(Date.now(), 0)
  } finally {
    clock.close()
    mock.timers.reset()
  }
})

test('frozen while it asks at first, it asks once more', async (t) => {
  const now = performance.now.bind(performance)
  let [calls, frozenMs] = [0, 0]
  t.mock.method(performance, 'now', () => {
    if (++calls === 2) frozenMs = 60_000
    return now() + frozenMs
  })
  const clock = await openClock(pool, log)
  t.after(clock.close)
  const { rows } = await pool.query('select extract(epoch from clock_timestamp())::float8 * 1000 as now')
  assert.ok(Math.abs(clock.now() - rows[0].now) < 1_000)
})

test('it does not open without a database', async () => {
  const nobody = 'postgresql://127.0.0.1:9/nothing'
  const away = openPool({ url: nobody, schema: 'public', service: 'kit-test', connectionsMax: 1, log })
  await assert.rejects(openClock(away, log), /ECONNREFUSED/)
  await away.end()
})
