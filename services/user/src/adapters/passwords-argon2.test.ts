import assert from 'node:assert/strict'
import { stat } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type OpenPasswords, openPasswords } from './passwords-argon2.ts'

let passwords: OpenPasswords

before(async () => {
  passwords = await openPasswords()
})
after(() => passwords.close())

async function hashOf(password: string): Promise<string> {
  const hashed = await passwords.hash(password)
  assert.notEqual(hashed, 'overloaded')
  return (hashed as { hash: string }).hash
}

test('a hash is argon2id of the agreed cost, with its own salt', async () => {
  const [one, two] = await Promise.all([hashOf('pass word'), hashOf('pass word')])
  assert.match(one ?? '', /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  assert.notEqual(one, two)
})

test('only the same password is right', async () => {
  const hash = await hashOf('pass word')
  assert.equal(await passwords.verify(hash, 'pass word'), 'right')
  assert.equal(await passwords.verify(hash, 'Pass word'), 'wrong')
})

test('where there is no hash every password is wrong, even that of the dummy', async () => {
  assert.equal(await passwords.verify(null, 'pass word'), 'wrong')
  assert.equal(await passwords.verify(null, 'no account has this hash'), 'wrong')
})

test('beyond 64 waiting the answer is overloaded, at once', async () => {
  const start = performance.now()
  const asked = Array.from({ length: 80 }, async () => {
    const verdict = await passwords.verify(null, 'x')
    return { verdict, ms: performance.now() - start }
  })
  const answers = await Promise.all(asked)
  const refused = answers.filter(({ verdict }) => verdict === 'overloaded')
  const served = answers.filter(({ verdict }) => verdict === 'wrong')
  assert.ok(refused.length >= 16, `${refused.length} refused`)
  const firstServed = Math.min(...served.map(({ ms }) => ms))
  assert.ok(
    refused.filter(({ ms }) => ms < firstServed).length >= 16,
    'refusals come before the first hash is done',
  )
  assert.equal(await passwords.verify(null, 'x'), 'wrong')
})

test('two run at once: while 40 wait there are threads left, for a file at once', async () => {
  let checked = 0
  const asked = Array.from({ length: 40 }, () => passwords.verify(null, 'x').then(() => checked++))
  await sleep(5)
  await stat(import.meta.filename)
  assert.ok(checked < 10, `the file waited for ${checked} hashes`)
  await Promise.all(asked)
})
