import type { Session } from '@stampede/contracts/users'
import type { Rotation, Sessions, Tokens } from './ports.ts'

export interface RefreshPorts {
  readonly sessions: Sessions
  readonly tokens: Tokens
  readonly accessSeconds: number
}

const REFUSALS = { reused: 'token_reused', unknown: 'unauthenticated' } as const satisfies Record<
  Extract<Rotation, string>,
  string
>

export async function refresh(
  { sessions, tokens, accessSeconds }: RefreshPorts,
  refreshToken: string,
): Promise<Session | (typeof REFUSALS)[keyof typeof REFUSALS]> {
  const next = await sessions.rotate(refreshToken)
  if (typeof next === 'string') return REFUSALS[next]
  return {
    accessToken: tokens.sign(next, accessSeconds),
    refreshToken: next.refreshToken,
    expiresIn: accessSeconds,
  }
}
