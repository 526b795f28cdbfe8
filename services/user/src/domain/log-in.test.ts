import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type LogInPorts, logIn } from './log-in.ts'
import type { Account, Passwords } from './ports.ts'

const account: Account = { userId: 'u', role: 'buyer', passwordHash: 'stored' }

function ports(found: Account | undefined, verdict: Awaited<ReturnType<Passwords['verify']>>) {
  const verified: (string | null)[] = []
  const opened: string[] = []
  const given = {
    accounts: { findByEmail: async () => found },
    passwords: {
      verify: async (hash: string | null) => {
        verified.push(hash)
        return verdict
      },
    },
    sessions: {
      open: async (userId: string) => {
        opened.push(userId)
        return 'refresh'
      },
    },
    tokens: { sign: () => 'access' },
    accessSeconds: 600,
  } as unknown as LogInPorts
  return { given, verified, opened }
}

const credentials = { email: 'a@b.cc', password: 'x' }

test('the right password opens a session', async () => {
  const { given, opened } = ports(account, 'right')
  const session = { accessToken: 'access', refreshToken: 'refresh', expiresIn: 600 }
  assert.deepEqual(await logIn(given, credentials), session)
  assert.deepEqual(opened, ['u'])
})

test('an unknown email costs a password check too, and gets the answer of a wrong password', async () => {
  const { given, verified, opened } = ports(undefined, 'wrong')
  assert.equal(await logIn(given, credentials), 'bad_credentials')
  assert.deepEqual(verified, [null])
  assert.deepEqual(opened, [])
})

test('a wrong password and a full queue open no session', async () => {
  for (const [verdict, answer] of [
    ['wrong', 'bad_credentials'],
    ['overloaded', 'overloaded'],
  ] as const) {
    const { given, opened } = ports(account, verdict)
    assert.equal(await logIn(given, credentials), answer)
    assert.deepEqual(opened, [])
  }
})
