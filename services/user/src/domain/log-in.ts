import type { Credentials, Session } from '@stampede/contracts/users'
import type { Accounts, Passwords, Sessions, Tokens } from './ports.ts'

export interface LogInPorts {
  readonly accounts: Accounts
  readonly passwords: Passwords
  readonly sessions: Sessions
  readonly tokens: Tokens
  readonly accessSeconds: number
}

/**
 * Answers an unknown email as it answers a wrong password,
 * and as late: nobody learns which emails have accounts.
 */
export async function logIn(
  { accounts, passwords, sessions, tokens, accessSeconds }: LogInPorts,
  { email, password }: Credentials,
): Promise<Session | 'bad_credentials' | 'overloaded'> {
  const account = await accounts.findByEmail(email)
  const verdict = await passwords.verify(account?.passwordHash ?? null, password)
  if (verdict === 'overloaded') return verdict
  if (!account || verdict === 'wrong') return 'bad_credentials'
  const refreshToken = await sessions.open(account.userId)
  return { accessToken: tokens.sign(account, accessSeconds), refreshToken, expiresIn: accessSeconds }
}
