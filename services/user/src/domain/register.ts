import { newId } from '@stampede/contracts/ids'
import type { NewUser } from '@stampede/contracts/users'
import type { Accounts, Passwords } from './ports.ts'

export interface RegisterPorts {
  readonly accounts: Accounts
  readonly passwords: Passwords
}

/** Makes a buyer's account. */
export async function register(
  { accounts, passwords }: RegisterPorts,
  { email, name, password }: NewUser,
): Promise<{ userId: string } | 'email_taken' | 'overloaded'> {
  const hashed = await passwords.hash(password)
  if (hashed === 'overloaded') return hashed
  const userId = newId()
  const added = await accounts.add({ userId, email, name, role: 'buyer', passwordHash: hashed.hash })
  return added === 'added' ? { userId } : 'email_taken'
}
