import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { openLog } from '@stampede/kit/log'
import { openPool } from '@stampede/kit/postgres'
import { openDatabase } from '../src/adapters/database-prisma.ts'
import { openSessions } from '../src/adapters/sessions-prisma.ts'
import { addPerson, type House, logIn, openHouse } from './house.ts'

let house: House

before(async () => {
  house = await openHouse()
})
after(() => house.close())

const refresh = (refreshToken: string) => house.post('/internal/sessions/refresh', { refreshToken })
const sha256 = (token: string) => createHash('sha256').update(token).digest()

async function newSession() {
  return logIn(house, await addPerson(house))
}

describe('a refresh token', () => {
  test('is traded for the next one, and that for the one after', async () => {
    let { refreshToken } = await newSession()
    for (let i = 0; i < 3; i++) {
      const { status, body } = await refresh(refreshToken)
      assert.equal(status, 201)
      assert.deepEqual(Object.keys(body).sort(), ['accessToken', 'expiresIn', 'refreshToken'])
      assert.notEqual(body.refreshToken, refreshToken)
      refreshToken = body.refreshToken
    }
  })

  test('holds 256 random bits and is stored only as its SHA-256', async () => {
    const { refreshToken } = await newSession()
    assert.equal(Buffer.from(refreshToken, 'base64url').length, 32)
    const rows = await house.sql('SELECT * FROM refresh_tokens WHERE token_hash = $1', [sha256(refreshToken)])
    assert.equal(rows.length, 1)
    const days = (rows[0].expires_at.getTime() - Date.now()) / 86_400_000
    assert.ok(days > 29.9 && days <= 30, `${days} days`)
  })

  test('used again revokes its whole family, and no other', async () => {
    const person = await addPerson(house)
    const [session, other] = [await logIn(house, person), await logIn(house, person)]
    const next = await refresh(session.refreshToken)
    const again = await refresh(session.refreshToken)
    assert.equal(again.status, 401)
    assert.equal(again.body.code, 'token_reused')
    const heir = await refresh(next.body.refreshToken)
    assert.equal(heir.status, 401)
    assert.equal(heir.body.code, 'token_reused')
    assert.equal((await refresh(other.refreshToken)).status, 201)
  })

  test('that is unknown, garbage or expired is 401 unauthenticated, and revokes nothing', async () => {
    const { refreshToken } = await newSession()
    const { refreshToken: old } = await newSession()
    await house.sql(`UPDATE refresh_tokens SET expires_at = now() WHERE token_hash = $1`, [sha256(old)])
    for (const token of [
      old,
      'garbage',
      `${refreshToken}x`,
      'A'.repeat(43),
      'ü',
      "'; DROP TABLE users; --",
    ]) {
      const { status, body } = await refresh(token)
      assert.equal(status, 401, token)
      assert.equal(body.code, 'unauthenticated', token)
    }
    assert.equal((await refresh(refreshToken)).status, 201)
  })
})

test('of 20 who bring one refresh token at once, one gets a session and the family ends', async () => {
  for (let round = 0; round < 5; round++) {
    const { refreshToken } = await newSession()
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(refreshToken)))
    const won = answers.filter(({ status }) => status === 201)
    const codes = answers.filter(({ status }) => status === 401).map(({ body }) => body.code)
    assert.equal(won.length, 1)
    assert.deepEqual(codes, Array(19).fill('token_reused'))
    assert.equal((await refresh(won[0]?.body.refreshToken)).body.code, 'token_reused')
  }
})

test('the purge deletes what expired, and leaves live families alone, used tokens included', async (t) => {
  const { DATABASE_URL: url, DATABASE_SCHEMA: schema } = house.config
  const pool = openPool({
    url,
    schema,
    service: 'user-test',
    connectionsMax: 2,
    log: openLog('user-test', 'error'),
  })
  const database = openDatabase(pool, schema)
  t.after(async () => {
    await database.$disconnect()
    await pool.end()
  })
  await house.sql('DELETE FROM sessions')
  const [live, dead] = [await newSession(), await newSession()]
  await refresh(live.refreshToken)
  await house.sql(`UPDATE refresh_tokens SET expires_at = now() WHERE token_hash = $1`, [
    sha256(dead.refreshToken),
  ])
  await house.sql(
    `UPDATE sessions SET created_at = now() - interval '31 days'
     WHERE session_id = (SELECT session_id FROM refresh_tokens WHERE token_hash = $1)`,
    [sha256(dead.refreshToken)],
  )
  await openSessions(database).purge()
  assert.equal((await house.sql('SELECT 1 FROM sessions')).length, 1)
  assert.equal((await house.sql('SELECT 1 FROM refresh_tokens')).length, 2)
  assert.equal((await refresh(live.refreshToken)).body.code, 'token_reused')
})
