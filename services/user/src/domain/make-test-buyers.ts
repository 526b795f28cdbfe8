import { newId } from '@stampede/contracts/ids'
import type { Buyers } from '@stampede/contracts/users'
import type { Accounts, Tokens } from './ports.ts'

export interface TestBuyerPorts {
  readonly accounts: Accounts
  readonly tokens: Tokens
  readonly tokenSeconds: number
}

// Signing a chunk holds the event loop for some 15 ms; waiting for its rows lets others in between.
const CHUNK = 250

export async function makeTestBuyers(
  { accounts, tokens, tokenSeconds }: TestBuyerPorts,
  count: number,
): Promise<Buyers['buyers']> {
  const buyers: Buyers['buyers'] = []
  while (buyers.length < count) {
    const userIds = Array.from({ length: Math.min(CHUNK, count - buyers.length) }, newId)
    await accounts.addTestBuyers(userIds)
    for (const userId of userIds) {
      buyers.push({ userId, accessToken: tokens.sign({ userId, role: 'buyer' }, tokenSeconds) })
    }
  }
  return buyers
}
