import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { newId } from '@stampede/contracts/ids'

export interface TestKey {
  readonly kid: string
  readonly jwk: Record<string, unknown>
  readonly publicKey: KeyObject
  /** A good token for this user, as the user service makes them. */
  token(userId: string, role?: string): string
  /** A truly signed token that says just this; strings go in as they are. */
  sign(claims: unknown, header?: unknown): string
}

/** An Ed25519 key, signing by hand: a library would refuse to make most of what the tests need. */
export function makeKey(kid: string): TestKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid, alg: 'EdDSA', use: 'sig' }
  function signAny(claims: unknown, header: unknown = { alg: 'EdDSA', typ: 'JWT', kid }): string {
    const input = `${segment(header)}.${segment(claims)}`
    return `${input}.${sign(null, Buffer.from(input), privateKey).toString('base64url')}`
  }
  const token = (userId: string, role = 'buyer') => signAny({ ...goodClaims(userId), role })
  return { kid, jwk, publicKey, sign: signAny, token }
}

export function goodClaims(userId: string): Record<string, unknown> {
  const iat = Math.floor(Date.now() / 1_000)
  return {
    iss: 'stampede',
    aud: 'stampede-api',
    sub: userId,
    role: 'buyer',
    iat,
    exp: iat + 600,
    jti: newId(),
  }
}

export function segment(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
}
