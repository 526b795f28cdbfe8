import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type House, logIn, openHouse } from './house.ts'

let house: House

before(async () => {
  house = await openHouse()
})
after(() => house.close())

test('a flood of log-ins and registrations is turned away early with Retry-After, and then all is well', async () => {
  const flood = Array.from({ length: 160 }, (_, i) =>
    i % 2
      ? house.post('/internal/sessions', { email: 'nobody@example.com', password: 'wrong' })
      : house.post('/internal/users', {
          email: `flood${i}@example.com`,
          password: 'long enough',
          name: 'Flood',
        }),
  )
  const answers = await Promise.all(flood)
  const refused = answers.filter(({ status }) => status === 503)
  assert.ok(refused.length >= 30, `${refused.length} refused`)
  for (const { body, headers } of refused) {
    assert.equal(body.code, 'overloaded')
    assert.match(headers.get('retry-after') ?? '', /^[1-9]\d*$/)
  }
  const statuses = new Set(answers.map(({ status }) => status))
  assert.deepEqual([...statuses].sort(), [201, 401, 503])
  const [row] = await house.sql(`SELECT count(*)::int AS n FROM users WHERE email LIKE 'flood%'`)
  assert.equal(row.n, answers.filter(({ status }) => status === 201).length)
  await logIn(house, { email: 'operator@stampede.local', password: 'operator' })
})
