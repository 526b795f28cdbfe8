import { createHmac, createPublicKey } from 'node:crypto'
import { bearer, encode, type Forge, type Forgery } from './forge.ts'

type Fields = Readonly<Record<string, unknown>>

/** Who decides how a signature is checked: never the token. */
export function forgeAlgorithms({ good, jwk, ours, head, claims, theirs, signed }: Forge): Forgery[] {
  const publicKey = createPublicKey(ours)
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const secrets = {
    'the public key': Buffer.from(jwk.x, 'base64url'),
    'the public key as text': Buffer.from(jwk.x),
    'the PEM': Buffer.from(pem),
    'the PEM without its end': Buffer.from(pem.trimEnd()),
    'the DER': publicKey.export({ type: 'spki', format: 'der' }),
    nothing: Buffer.alloc(0),
  }
  const hashed = Object.entries(secrets).flatMap(([name, secret]) =>
    ['HS256', 'HS384', 'HS512', 'EdDSA'].map((alg) => {
      const text = `${encode({ ...head, alg })}.${encode(claims)}`
      const mac = createHmac(alg === 'EdDSA' ? 'sha256' : `sha${alg.slice(2)}`, secret).update(text)
      return bearer(`${alg} with ${name} for a secret`, `${text}.${mac.digest('base64url')}`)
    }),
  )
  const unsigned = ['none', 'None', 'NONE', 'nOnE', '', 'null'].flatMap((alg) => [
    bearer(`alg ${alg}, no signature`, `${encode({ ...head, alg })}.${encode(claims)}.`),
    bearer(
      `alg ${alg}, an old signature`,
      `${encode({ ...head, alg })}.${encode(claims)}.${good.split('.')[2]}`,
    ),
  ])
  const others = [
    'RS256',
    'ES256',
    'PS256',
    'ES256K',
    'Ed448',
    'EDDSA',
    'eddsa',
    'EdDSA ',
    null,
    1,
    ['EdDSA'],
  ]
  const named = others.map((alg) =>
    bearer(`our key under alg ${alg}`, signed({ ...head, alg }, claims, ours)),
  )
  return [...hashed, ...unsigned, ...named, bearer('another key', signed(head, claims, theirs))]
}

/** Keys that the token brings along or points to, and headers we never write. */
export function forgeHeaders({ head, claims, ours, theirs, signed }: Forge): Forgery[] {
  const own = createPublicKey(theirs).export({ format: 'jwk' })
  const carried: Fields[] = [
    { jwk: own },
    { jwk: { ...own, kid: head.kid } },
    { jku: 'http://127.0.0.1:1/keys' },
    { x5u: 'http://127.0.0.1:1/cert' },
    { x5c: ['AAAA'] },
  ]
  const kids = [
    'other',
    '',
    ' ',
    '../../../dev/null',
    "' OR 1=1 --",
    '__proto__',
    'constructor',
    'k'.repeat(500),
  ]
  const kidValues = [
    ...kids,
    null,
    0,
    true,
    [head.kid],
    { toString: head.kid },
    `${head.kid} `,
    `${head.kid}\u0000`,
  ]
  const more: Fields[] = [
    { crit: ['exp'] },
    { b64: false },
    { zip: 'DEF' },
    { cty: 'JWT' },
    { typ: 'at+jwt' },
    { typ: 1 },
  ]
  const { kid: _kid, ...withoutKid } = head
  const { alg: _alg, ...withoutAlg } = head
  return [
    ...carried.map((fields) =>
      bearer(`carries ${Object.keys(fields)}`, signed({ ...head, ...fields }, claims, theirs)),
    ),
    ...kidValues.map((kid) =>
      bearer(`kid ${JSON.stringify(kid).slice(0, 30)}`, signed({ ...head, kid }, claims, theirs)),
    ),
    ...kidValues.map((kid) =>
      bearer(`our key, kid ${JSON.stringify(kid).slice(0, 30)}`, signed({ ...head, kid }, claims, ours)),
    ),
    ...more.map((fields) =>
      bearer(`our key, header ${JSON.stringify(fields)}`, signed({ ...head, ...fields }, claims, ours)),
    ),
    bearer('without kid', signed(withoutKid, claims, ours)),
    bearer('without alg', signed(withoutAlg, claims, ours)),
    bearer('header a list', signed([head], claims, ours)),
    bearer('header null', signed(null, claims, ours)),
  ]
}
