import { createPublicKey } from 'node:crypto'
import type { Log } from '@stampede/kit/log'
import type { Peer } from '@stampede/kit/peer'
import { zeroOf } from '@stampede/kit/told-time'
import { createVerifier } from 'fast-jwt'
import { LRUCache } from 'lru-cache'
import { type Identity, readClaims, readToken } from '../domain/identity.ts'
import type { Tokens } from '../domain/ports.ts'

const REFRESH_MS = 300_000
const FIRST_TRIES_MS = 500
/**
 * A token that names an unknown key may be signed by a new
 * one: worth asking, but not for everyone who makes up names.
 */
const UNKNOWN_KEY_MS = 10_000
const ASK_MS = 1_000
const SEEN_MAX = 200_000
const KEYS_MAX = 16

export interface OpenTokens extends Tokens {
  /** Whether there is a key to verify with. */
  readonly ready: boolean
  close(): void
}

type Verify = (token: string) => Record<string, unknown>

/**
 * Verifies access tokens here, with the public keys of the user service: EdDSA only, each token only with the
 * key it names. Verified ones are remembered by their exact bytes, because one signature costs as much as
 * five requests. While the user service is away, the keys we have stay good. Tokens begin and end by its
 * clock, so that no step of this machine's moves them; until it has told its time there is no word on anyone.
 */
export function openTokens(user: Pick<Peer, 'ask'>, log: Log): OpenTokens {
  const keys = new Map<string, Verify>()
  const seen = new LRUCache<string, Identity>({ max: SEEN_MAX })
  let asking: Promise<void> | undefined
  let askedAt = Number.NEGATIVE_INFINITY
  /** The time of the user service when `performance.now()` says 0. */
  let zero: number | undefined
  let timer: NodeJS.Timeout | undefined
  let closed = false

  function refresh(): Promise<void> {
    askedAt = performance.now()
    asking ??= load().finally(() => {
      asking = undefined
      clearTimeout(timer)
      if (!closed) timer = setTimeout(refresh, keys.size > 0 ? REFRESH_MS : FIRST_TRIES_MS)
    })
    return asking
  }

  async function load(): Promise<void> {
    const sentAt = performance.now()
    const told = await askKeys(user, log)
    if (!told) return
    zero = zeroOf({ theirs: told.now, askedAt: sentAt, heardAt: performance.now() }, ASK_MS) ?? zero
    if (zero === undefined) return
    const fresh = new Map(told.keys.slice(0, KEYS_MAX).flatMap(readKey))
    // A key that was withdrawn takes with it what it had signed.
    if ([...keys.keys()].some((id) => !fresh.has(id))) seen.clear()
    keys.clear()
    for (const [id, verify] of fresh) keys.set(id, verify)
  }

  function theirNow(): number {
    return (zero ?? Number.POSITIVE_INFINITY) + performance.now()
  }

  async function keyOf(id: string): Promise<Verify | undefined> {
    if (asking) await asking
    else if (!keys.has(id) && performance.now() - askedAt >= UNKNOWN_KEY_MS) await refresh()
    return keys.get(id)
  }

  void refresh()
  return {
    get ready() {
      return keys.size > 0
    },
    known(authorization) {
      const identity = seen.get(authorization)
      return identity && identity.expiresAt > theirNow() ? identity : undefined
    },
    async verify(authorization) {
      const unverified = readToken(authorization)
      if (!unverified) return 'refused'
      const verify = keys.get(unverified.keyId) ?? (await keyOf(unverified.keyId))
      if (!verify) return keys.size > 0 ? 'refused' : 'unavailable'
      const identity = readClaims(claimsOf(verify, unverified.token), theirNow())
      if (!identity) return 'refused'
      seen.set(authorization, identity)
      return identity
    },
    close() {
      closed = true
      clearTimeout(timer)
    },
  }
}

interface Published {
  readonly keys: readonly unknown[]
  /** The clock of those who date the tokens, in ms since 1970. */
  readonly now: number
}

/** What the user service publishes, undefined when it does not answer. */
async function askKeys(user: Pick<Peer, 'ask'>, log: Log): Promise<Published | undefined> {
  const answer = await user.ask<Partial<Published>>({
    method: 'GET',
    path: '/internal/jwks',
    budgetMs: ASK_MS,
  })
  const { keys, now } = (answer.ok && answer.status === 200 && answer.body) || {}
  if (Array.isArray(keys) && Number.isSafeInteger(now)) return { keys, now: Number(now) }
  log.warn({ answer: answer.ok ? answer.status : answer.why }, 'could not read the keys of the user service')
  return undefined
}

function claimsOf(verify: Verify, token: string): Record<string, unknown> {
  try {
    return verify(token)
  } catch {
    return {}
  }
}

/**
 * The verifier for one public key of a JWKS (RFC 8037), by
 * its `kid`; nothing when it is not one of the kind we use.
 */
function readKey(jwk: unknown): [string, Verify][] {
  const { kty, crv, x, kid, alg = 'EdDSA', use = 'sig' } = (jwk ?? {}) as Record<string, unknown>
  if (kty !== 'OKP' || crv !== 'Ed25519' || alg !== 'EdDSA' || use !== 'sig') return []
  if (typeof kid !== 'string' || typeof x !== 'string') return []
  try {
    const key = createPublicKey({ key: { kty, crv, x }, format: 'jwk' }).export({
      type: 'spki',
      format: 'pem',
    })
    // When a token ends is for `readClaims` to say, which knows the time.
    const verify = createVerifier({ key, algorithms: ['EdDSA'], ignoreExpiration: true, cache: false })
    return [[kid, verify]]
  } catch {
    return []
  }
}
