import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { addPerson, type House, logIn, openHouse } from './house.ts'

let house: House

before(async () => {
  house = await openHouse()
})
after(() => house.close())

describe('an account', () => {
  test('is registered, logs in with its email in any case, and is read back as it was given', async () => {
    const person = await addPerson(house)
    const session = await logIn(house, { ...person, email: person.email.toUpperCase() })
    assert.equal(session.expiresIn, 600)
    const { status, body } = await house.get(`/internal/users/${person.userId}`)
    assert.equal(status, 200)
    assert.deepEqual(body, { userId: person.userId, email: person.email, name: person.name, role: 'buyer' })
  })

  test('has its password only as an argon2id hash', async () => {
    const person = await addPerson(house)
    const [row] = await house.sql('SELECT * FROM users WHERE user_id = $1', [person.userId])
    assert.match(row.password_hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    assert.equal(JSON.stringify(row).includes(person.password), false)
  })

  test('nobody has is 404', async () => {
    const { status, body } = await house.get('/internal/users/01a1fde0-58bc-76ae-93bb-1fcd01f5da21')
    assert.equal(status, 404)
    assert.equal(body.code, 'not_found')
  })
})

test('of 20 who register one email at once, in different case, one gets it', async () => {
  const spell = (i: number) =>
    [...'contested@example.com'].map((c, j) => ((i >> (j % 5)) & 1 ? c.toUpperCase() : c))
  const tries = Array.from({ length: 20 }, (_, i) =>
    house.post('/internal/users', { email: spell(i).join(''), password: 'long enough', name: `Racer ${i}` }),
  )
  const answers = await Promise.all(tries)
  assert.equal(answers.filter(({ status }) => status === 201).length, 1)
  const codes = answers.filter(({ status }) => status === 409).map(({ body }) => body.code)
  assert.deepEqual(codes, Array(19).fill('email_taken'))
  const rows = await house.sql(`SELECT 1 FROM users WHERE email ILIKE 'contested@example.com'`)
  assert.equal(rows.length, 1)
})

describe('bad credentials', () => {
  test('are 401, for a wrong password and an unknown email alike', async () => {
    const person = await addPerson(house)
    const wrong = await house.post('/internal/sessions', { email: person.email, password: 'something else' })
    const unknown = await house.post('/internal/sessions', { email: 'nobody@example.com', password: 'any' })
    for (const { status, body } of [wrong, unknown]) {
      assert.equal(status, 401)
      assert.equal(body.code, 'bad_credentials')
    }
    const { traceId: _a, ...one } = wrong.body
    const { traceId: _b, ...other } = unknown.body
    assert.deepEqual(one, other)
  })

  test('take as long when the email is unknown', async () => {
    const { email } = await addPerson(house)
    const median = async (address: string) => {
      const times: number[] = []
      for (let i = 0; i < 9; i++) {
        const start = performance.now()
        await house.post('/internal/sessions', { email: address, password: 'wrong password' })
        times.push(performance.now() - start)
      }
      return times.toSorted((a, b) => a - b)[4] as number
    }
    const ratio = (await median('nobody@example.com')) / (await median(email))
    assert.ok(ratio > 0.5 && ratio < 2, `unknown / wrong = ${ratio}`)
  })
})

describe('the operator', () => {
  const operator = (password: string) => ({ email: 'operator@stampede.local', password })

  test('is there from the start, with its role', async () => {
    const session = await logIn(house, operator('operator'))
    const claims = JSON.parse(Buffer.from(session.accessToken.split('.')[1] ?? '', 'base64url').toString())
    const { body } = await house.get(`/internal/users/${claims.sub}`)
    assert.equal(claims.role, 'operator')
    assert.equal(body.role, 'operator')
  })

  test('cannot be registered by somebody else', async () => {
    const taken = await house.post('/internal/users', {
      email: 'Operator@Stampede.local',
      password: 'operator2',
      name: 'Me',
    })
    assert.equal(taken.body.code, 'email_taken')
  })

  test('gets a changed password at the next start, which ends the old sessions; else nothing changes', async (t) => {
    const first = await openHouse()
    const { DATABASE_SCHEMA } = first.config
    const old = await logIn(first, operator('operator'))
    await first.stop()

    const same = await openHouse({ DATABASE_SCHEMA })
    const kept = await same.post('/internal/sessions/refresh', { refreshToken: old.refreshToken })
    assert.equal(kept.status, 201)
    await same.stop()

    const changed = await openHouse({ DATABASE_SCHEMA, OPERATOR_PASSWORD: 'another secret' })
    t.after(() => changed.close())
    await logIn(changed, operator('another secret'))
    const refused = await changed.post('/internal/sessions', operator('operator'))
    assert.equal(refused.body.code, 'bad_credentials')
    const ended = await changed.post('/internal/sessions/refresh', { refreshToken: kept.body.refreshToken })
    assert.equal(ended.status, 401)
    assert.equal((await changed.sql(`SELECT 1 FROM users WHERE role = 'operator'`)).length, 1)
  })

  test('is one account though three instances start together', async (t) => {
    const DATABASE_SCHEMA = house.config.DATABASE_SCHEMA
    await house.sql(`DELETE FROM users WHERE role = 'operator'`)
    const others = await Promise.all([1, 2, 3].map(() => openHouse({ DATABASE_SCHEMA })))
    t.after(() => Promise.all(others.map((other) => other.stop())))
    assert.equal((await house.sql(`SELECT 1 FROM users WHERE role = 'operator'`)).length, 1)
    await logIn(house, operator('operator'))
  })
})
