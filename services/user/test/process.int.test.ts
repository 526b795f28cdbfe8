import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { freePort } from '@stampede/kit/testing/free-port'
import pg from 'pg'
import { ask, newSchema } from './house.ts'

const MAIN = join(import.meta.dirname, '../src/main.ts')
const AUTHORIZATION = 'Bearer development-internal-key'

function start(env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env.PATH, DATABASE_URL: process.env.DATABASE_URL, ...env },
  })
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  return { child, output: () => output }
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  for (;;) {
    const ready = await ask(`${url}/health/ready`, {}).catch(() => undefined)
    if (ready?.status === 200) return
    assert.equal(child.exitCode, null, 'it ended instead of getting ready')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

test('the process serves, says nothing of persons even when the database fails it, and drains on SIGTERM', async () => {
  const [PORT, DATABASE_SCHEMA] = [String(await freePort()), newSchema()]
  const { child, output } = start({ PORT, DATABASE_SCHEMA })
  const url = `http://127.0.0.1:${PORT}`
  await untilReady(url, child)
  const client = new pg.Client({ connectionString: process.env.DATABASE_URL })
  await client.connect()
  const person = { email: 'private.person@example.com', password: 'very private', name: 'Private Person' }
  const headers = { authorization: AUTHORIZATION, 'content-type': 'application/json' }
  const post = (path: string, body: object) =>
    ask(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
  assert.equal((await post('/internal/users', person)).status, 201)
  await client.query(
    `ALTER TABLE ${DATABASE_SCHEMA}.users ADD CHECK (name <> 'Second Person'), ADD CHECK (false) NOT VALID`,
  )
  const failed = await post('/internal/users', { ...person, email: 'second.person@example.com' })
  assert.equal(failed.status, 500)
  await client.query(`ALTER TABLE ${DATABASE_SCHEMA}.users RENAME TO gone`)
  assert.equal(
    (await post('/internal/sessions', { email: person.email, password: person.password })).status,
    500,
  )

  child.kill('SIGTERM')
  const [code] = await once(child, 'exit')
  await client.query(`DROP SCHEMA ${DATABASE_SCHEMA} CASCADE`)
  await client.end()
  assert.equal(code, 0)
  assert.match(output(), /request failed/)
  assert.doesNotMatch(output(), /private|second.person|argon2id/i)
})

test('in production it refuses to start on defaults, and names them all', async () => {
  const { child, output } = start({ NODE_ENV: 'production' })
  const [code] = await once(child, 'exit')
  assert.equal(code, 1)
  for (const name of ['INTERNAL_KEY', 'OPERATOR_PASSWORD', 'SIGNING_KEYS'])
    assert.match(output(), new RegExp(name))
})
