import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { newId } from '@stampede/contracts/ids'

/** The key the system signs with. */
export interface SigningJwk {
  readonly kid: string
  readonly kty: string
  readonly crv: string
  readonly d: string
  readonly x: string
}

/** An `authorization` header that must open nothing. */
export interface Forgery {
  readonly title: string
  readonly authorization: string
}

export type Forge = ReturnType<typeof openForge>

/** What forging takes: a good token, our key (so that only one thing is wrong at a time) and another one. */
export function openForge(good: string, jwk: SigningJwk) {
  const { kid, ...rest } = jwk
  const ours = createPrivateKey({ key: rest, format: 'jwk' })
  const theirs = generateKeyPairSync('ed25519').privateKey
  const now = Math.floor(Date.now() / 1000)
  const head = { alg: 'EdDSA', typ: 'JWT', kid }
  const { sub } = JSON.parse(Buffer.from(good.split('.')[1] ?? '', 'base64url').toString()) as { sub: string }
  const claims = {
    ...{ iss: 'stampede', aud: 'stampede-api', sub, role: 'operator' },
    ...{ iat: now, exp: now + 600, jti: newId() },
  }
  const signed = (header: unknown, payload: unknown, key: KeyObject) =>
    signText(encode(header), encode(payload), key)
  return { good, jwk, ours, theirs, now, head, claims, signed }
}

export function signText(header: string, payload: string, key: KeyObject): string {
  const text = `${header}.${payload}`
  return `${text}.${sign(null, Buffer.from(text), key).toString('base64url')}`
}

export function bearer(title: string, token: string): Forgery {
  return { title, authorization: `Bearer ${Buffer.from(token).toString('latin1')}` }
}

export function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
