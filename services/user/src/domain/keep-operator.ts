import { newId } from '@stampede/contracts/ids'
import type { Accounts, Passwords } from './ports.ts'

export interface OperatorPorts {
  readonly accounts: Accounts
  readonly passwords: Passwords
}

const EMAIL = 'operator@stampede.local'

/**
 * Sees to it that the operator's account exists and has
 * this password. Safe for instances that start together.
 */
export async function keepOperator(
  { accounts, passwords }: OperatorPorts,
  password: string,
): Promise<'kept' | 'made' | 'changed' | 'overloaded'> {
  const known = await accounts.findByEmail(EMAIL)
  if (known && (await passwords.verify(known.passwordHash, password)) === 'right') return 'kept'
  const hashed = await passwords.hash(password)
  if (hashed === 'overloaded') return hashed
  if (known) {
    await accounts.setPassword(known.userId, hashed.hash)
    return 'changed'
  }
  const operator = {
    userId: newId(),
    email: EMAIL,
    name: 'Operator',
    role: 'operator',
    passwordHash: hashed.hash,
  } as const
  return (await accounts.add(operator)) === 'added' ? 'made' : 'kept'
}
