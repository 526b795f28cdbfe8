import { createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto'
import { newId } from '@stampede/contracts/ids'
import type { TokenClaims } from '@stampede/contracts/users'
import { createSigner } from 'fast-jwt'
import type { SigningKey } from '../config.ts'
import type { Tokens } from '../domain/ports.ts'

/** A JSON Web Key Set (RFC 7517) of public Ed25519 keys. */
export interface KeySet {
  readonly keys: readonly {
    readonly kty: 'OKP'
    readonly crv: 'Ed25519'
    readonly x: string
    readonly kid: string
    readonly alg: 'EdDSA'
    readonly use: 'sig'
  }[]
}

export interface PublishedTokens extends Tokens {
  readonly keySet: KeySet
}

/**
 * The first key signs, all are published; `now` in epoch milliseconds. Throws when the two
 * halves of a key do not belong together.
 */
export function openTokens(keys: readonly [SigningKey, ...SigningKey[]], now: () => number): PublishedTokens {
  const keySet: KeySet = { keys: keys.map(publicHalf) }
  const { kid, ...jwk } = keys[0]
  const pem = createPrivateKey({ key: jwk, format: 'jwk' }).export({ type: 'pkcs8', format: 'pem' })
  const signer = createSigner({ key: pem, algorithm: 'EdDSA', kid })
  return {
    keySet,
    sign({ userId, role }, seconds) {
      const iat = Math.floor(now() / 1_000)
      const claims: TokenClaims = {
        iss: 'stampede',
        aud: 'stampede-api',
        sub: userId,
        role,
        iat,
        exp: iat + seconds,
        jti: newId(),
      }
      return signer({ ...claims })
    },
  }
}

/** A key that lives as long as this process. */
export function makeSigningKey(): SigningKey {
  const { d, x } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  return { kty: 'OKP', crv: 'Ed25519', d: d as string, x: x as string, kid: randomUUID() }
}

function publicHalf({ kid, ...jwk }: SigningKey): KeySet['keys'][number] {
  const { x } = createPublicKey(createPrivateKey({ key: jwk, format: 'jwk' })).export({ format: 'jwk' })
  if (x !== jwk.x)
    throw new Error(`SIGNING_KEYS: the public half of key ${kid} is not that of its private half`)
  return { kty: 'OKP', crv: 'Ed25519', x, kid, alg: 'EdDSA', use: 'sig' }
}
