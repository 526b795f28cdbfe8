import { ROLES, type Role } from '@stampede/contracts/users'

/** Who asks, as their token says. `expiresAt` in milliseconds since 1970. */
export interface Identity {
  readonly userId: string
  readonly role: Role
  readonly expiresAt: number
}

/** Most bytes of a token; ours have about 400. */
const TOKEN_MAX = 2_048
/** Clocks of two machines may differ by so much. */
const LEEWAY_MS = 5_000

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const BEARER = /^Bearer ([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)$/i
const KEY_ID = /^[A-Za-z0-9._-]{1,64}$/
const HEADER_FIELDS = new Set(['alg', 'typ', 'kid'])

/** A token that has the right form, and the name of the key that may have signed it. */
export interface Unverified {
  readonly token: string
  readonly keyId: string
}

/** The token of an `authorization` header, if it can be one of ours at all; nothing is proven yet. */
export function readToken(authorization: string): Unverified | undefined {
  const token = authorization.length <= TOKEN_MAX ? BEARER.exec(authorization)?.[1] : undefined
  if (!token) return undefined
  const [head = '', body = '', signature = ''] = token.split('.')
  const header = readSegment(head)
  if (!header || !readSegment(body) || !isCanonical(signature)) return undefined
  const { alg, typ = 'JWT', kid } = header
  if (alg !== 'EdDSA' || typ !== 'JWT' || typeof kid !== 'string' || !KEY_ID.test(kid)) return undefined
  return Object.keys(header).every((name) => HEADER_FIELDS.has(name)) ? { token, keyId: kid } : undefined
}

/** Who a verified token speaks of. `undefined` unless every claim is of the one form we issue. */
export function readClaims(claims: Record<string, unknown>, now: number): Identity | undefined {
  const { iss, aud, sub, role, iat, exp } = claims
  if (iss !== 'stampede' || aud !== 'stampede-api') return undefined
  if (typeof sub !== 'string' || !UUID_V7.test(sub)) return undefined
  if (!isSeconds(iat) || !isSeconds(exp) || iat * 1_000 > now + LEEWAY_MS || exp * 1_000 + LEEWAY_MS <= now)
    return undefined
  if (!ROLES.includes(role as Role)) return undefined
  return { userId: sub, role: role as Role, expiresAt: exp * 1_000 + LEEWAY_MS }
}

function isSeconds(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0
}

/**
 * A JSON object in base64url, spelled in the one way our signer spells it. Any other spelling of the same
 * bytes or the same object (spare bits, spaces, a claim named twice) is refused: readers could differ about
 * what it says.
 */
function readSegment(segment: string): Record<string, unknown> | undefined {
  if (!isCanonical(segment)) return undefined
  const text = Buffer.from(segment, 'base64url').toString('utf8')
  try {
    const value: unknown = JSON.parse(text)
    const plain =
      typeof value === 'object' && value !== null && !Array.isArray(value) && JSON.stringify(value) === text
    return plain ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function isCanonical(segment: string): boolean {
  return Buffer.from(segment, 'base64url').toString('base64url') === segment
}
