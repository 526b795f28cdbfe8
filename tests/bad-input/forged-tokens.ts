import { bearer, encode, type Forge, type Forgery, openForge, type SigningJwk, signText } from './forge.ts'
import { forgeAlgorithms, forgeHeaders } from './forged-signatures.ts'

type Fields = Readonly<Record<string, unknown>>

const FLIPS_PER_PART = 40

/** Every way we know to make a token that looks like one of ours, for the user of a good one. */
export function forgeTokens(good: string, jwk: SigningJwk): Forgery[] {
  const forge = openForge(good, jwk)
  const makers = [forgeAlgorithms, forgeHeaders, forgeClaims, forgeSpelling, forgeSchemes, flipBits]
  return makers.flatMap((make) => make(forge))
}

/** Signed by ourselves, and yet not a token for this API and this moment. */
function forgeClaims({ head, claims, ours, now, signed }: Forge): Forgery[] {
  const wrong: Record<string, readonly unknown[]> = {
    iss: ['other', 'Stampede', '', null, ['stampede'], { iss: 'stampede' }],
    aud: ['other', 'stampede', '', null, ['other'], 1],
    sub: [
      '',
      'operator',
      'null',
      null,
      1,
      [claims.sub],
      `${claims.sub} `,
      claims.sub.toUpperCase().replace('-7', '-4'),
    ],
    role: ['admin', 'Operator', '', null, 1, true, ['operator'], { operator: true }],
    exp: [now - 60, 0, -1, String(now + 600), null, true, [now + 600], 1e308, now + 600.5, Number.MAX_VALUE],
    iat: [now + 600, -1, String(now), null, true, 1e308],
    nbf: [now + 600],
  }
  const changed = Object.entries(wrong).flatMap(([name, values]) =>
    values.map((value) =>
      bearer(`${name} ${JSON.stringify(value)}`, signed(head, { ...claims, [name]: value }, ours)),
    ),
  )
  const missing = ['iss', 'aud', 'sub', 'role', 'exp'].map((name) => {
    const { [name]: _gone, ...rest } = claims as Fields
    return bearer(`without ${name}`, signed(head, rest, ours))
  })
  const payloads = [null, [], [claims], 'operator', 1, true]
  const odd = payloads.map((payload) =>
    bearer(`payload ${JSON.stringify(payload).slice(0, 20)}`, signed(head, payload, ours)),
  )
  return [...changed, ...missing, ...odd]
}

/** The same bytes or the same object, written in another way: readers could differ about what it says. */
function forgeSpelling({ good, head, claims, ours }: Forge): Forgery[] {
  const [header = '', payload = '', signature = ''] = good.split('.')
  const text = JSON.stringify(claims)
  const spelled = {
    'with spaces': text.replaceAll(',', ', '),
    'with a claim named twice': text.replace('{', '{"role":"buyer",'),
    'with an escaped name': text.replace('role', '\\u0072ole'),
    'with a byte order mark': `\ufeff${text}`,
    'with a second document': `${text}{}`,
  }
  const respelled = Object.entries(spelled).map(([title, json]) =>
    bearer(title, signText(encode(head), Buffer.from(json).toString('base64url'), ours)),
  )
  const cut = {
    'an empty token': '',
    'only dots': '..',
    'two parts': `${header}.${payload}`,
    'four parts': `${good}.${signature}`,
    'no signature': `${header}.${payload}.`,
    'half a signature': `${header}.${payload}.${signature.slice(0, 43)}`,
    'a signature and more': `${good}AAAA`,
    'a signature twice': `${good}${signature}`,
    'a signature of zeros': `${header}.${payload}.${'A'.repeat(86)}`,
    'parts swapped': `${payload}.${header}.${signature}`,
    padding: `${header}.${payload}.${signature}==`,
    'ordinary base64': `${header}.${payload}.+/${signature.slice(2)}`,
    'our claims under an old signature': `${header}.${encode(claims)}.${signature}`,
    'very long': `${header}.${'A'.repeat(6000)}.${signature}`,
    'not base64': '😀.😀.😀',
  }
  return [...respelled, ...Object.entries(cut).map(([title, token]) => bearer(title, token))]
}

function forgeSchemes({ good }: Forge): Forgery[] {
  const headers = {
    'no scheme': good,
    'an empty header': '',
    'the scheme alone': 'Bearer',
    'two spaces': `Bearer  ${good}`,
    'a tab': `Bearer\t${good}`,
    Basic: `Basic ${good}`,
    Token: `Token ${good}`,
    JWT: `JWT ${good}`,
    'two tokens': `Bearer ${good}, Bearer ${good}`,
    'a token and a word': `Bearer ${good} admin`,
    'a quoted token': `Bearer "${good}"`,
    'a cookie for a header': `token=${good}`,
  }
  return Object.entries(headers).map(([title, authorization]) => ({ title, authorization }))
}

/** One bit of one character changed, spread over all three parts. */
function flipBits({ good }: Forge): Forgery[] {
  return good.split('.').flatMap((part, index, parts) =>
    Array.from({ length: FLIPS_PER_PART }, (_, i) => {
      const at = Math.floor((i * part.length) / FLIPS_PER_PART)
      const other = part[at] === 'A' ? 'B' : 'A'
      const changed = part.slice(0, at) + other + part.slice(at + 1)
      return bearer(`part ${index + 1}, character ${at + 1} changed`, parts.with(index, changed).join('.'))
    }),
  )
}
