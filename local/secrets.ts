import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Profile } from './profile.ts'

/** What services share and nobody else may know; made once per profile, so that tokens outlive a restart. */
export interface Secrets {
  readonly INTERNAL_KEY: string
  /** A JSON array of private Ed25519 keys as JWKs; the first one signs. */
  readonly SIGNING_KEYS: string
  /** What we show the payment provider, and what it signs its webhooks with (base64). */
  readonly PROVIDER_KEY: string
  readonly WEBHOOK_SECRET: string
}

export function keepSecrets(profile: Profile): Secrets {
  const file = resolve(profile.home, 'secrets.json')
  const kept: Partial<Secrets> = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
  const key = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  const secrets = {
    INTERNAL_KEY: randomBytes(32).toString('base64url'),
    SIGNING_KEYS: JSON.stringify([{ ...key, kid: randomUUID(), alg: 'EdDSA', use: 'sig' }]),
    PROVIDER_KEY: randomBytes(32).toString('base64url'),
    WEBHOOK_SECRET: randomBytes(32).toString('base64'),
    // A folder of an older version lacks some.
    ...kept,
  }
  writeFileSync(file, `${JSON.stringify(secrets, undefined, 2)}\n`, { mode: 0o600 })
  return secrets
}
