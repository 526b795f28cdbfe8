import { createPrivateKey, generateKeyPairSync, type JsonWebKey, type KeyObject, sign } from 'node:crypto'
import { newId } from '@stampede/contracts/ids'
import type { TokenClaims } from '@stampede/contracts/users'
import type { TokenFlaw } from './step.ts'

/** A private Ed25519 key as a JWK with its name. */
export interface SigningJwk extends JsonWebKey {
  readonly kid: string
}

export type BadTokens = Readonly<Record<TokenFlaw, string | undefined>>

/**
 * One `authorization` header for each way in which a token can be bad, all about a real buyer. The expired
 * one is signed with the system's own key: nothing but its age is wrong.
 */
export function makeBadTokens(userId: string, goodToken: string, key: SigningJwk): BadTokens {
  const now = Math.floor(Date.now() / 1000)
  const claims: TokenClaims = {
    iss: 'stampede',
    aud: 'stampede-api',
    sub: userId,
    role: 'buyer',
    iat: now - 600,
    exp: now + 3600,
    jti: newId(),
  }
  const [head = '', , signature = ''] = goodToken.split('.')
  const { kid, ...jwk } = key
  const ownKey = createPrivateKey({ key: jwk, format: 'jwk' })
  const foreignKey = generateKeyPairSync('ed25519').privateKey
  return {
    none: undefined,
    garbage: 'Bearer not-a-token',
    foreign: `Bearer ${makeToken(claims, kid, foreignKey)}`,
    tampered: `Bearer ${head}.${encode({ ...claims, role: 'operator' })}.${signature}`,
    unsigned: `Bearer ${encode({ alg: 'none', typ: 'JWT' })}.${encode(claims)}.`,
    expired: `Bearer ${makeToken({ ...claims, exp: now - 60 }, kid, ownKey)}`,
    'not-bearer': `Basic ${Buffer.from(`${userId}:operator`).toString('base64')}`,
  }
}

function makeToken(claims: TokenClaims, kid: string, key: KeyObject): string {
  const signed = `${encode({ alg: 'EdDSA', typ: 'JWT', kid })}.${encode(claims)}`
  return `${signed}.${sign(null, Buffer.from(signed), key).toString('base64url')}`
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
