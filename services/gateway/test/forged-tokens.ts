import { createHmac, createSign, generateKeyPairSync } from 'node:crypto'
import { newId } from '@stampede/contracts/ids'
import { goodClaims, makeKey, segment } from './test-keys.ts'

const USER = newId()
export const key = makeKey('k1')
/** What all of them start from, and it is good. */
export const good = goodClaims(USER)
const now = Math.floor(Date.now() / 1_000)
const [head = '', body = '', signature = ''] = key.sign(good).split('.')
const pem = key.publicKey.export({ type: 'spki', format: 'pem' }) as string
const der = key.publicKey.export({ type: 'spki', format: 'der' })
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })

function hmac(algorithm: string, secret: string | Buffer, header: object = {}): string {
  const input = `${segment({ alg: algorithm, typ: 'JWT', kid: 'k1', ...header })}.${body}`
  return `${input}.${createHmac(algorithm.replace('HS', 'sha'), secret).update(input).digest('base64url')}`
}

function withHeader(more: object): string {
  return key.sign(good, { alg: 'EdDSA', typ: 'JWT', kid: 'k1', ...more })
}

function rs256(): string {
  const jwk = rsa.publicKey.export({ format: 'jwk' })
  const input = `${segment({ alg: 'RS256', typ: 'JWT', kid: 'k1', jwk })}.${body}`
  return `${input}.${createSign('sha256').update(input).sign(rsa.privateKey, 'base64url')}`
}

const text = JSON.stringify(good)
/** Title to a token that must not be let in. Their key set is that of `key`. */
export const FORGED: Record<string, string> = {
  'no signature, alg none': `${segment({ alg: 'none', typ: 'JWT', kid: 'k1' })}.${body}.`,
  'alg none with our signature': `${segment({ alg: 'none', typ: 'JWT', kid: 'k1' })}.${body}.${signature}`,
  'alg None': withHeader({ alg: 'None' }),
  'alg nONE, unsigned': `${segment({ alg: 'nONE', kid: 'k1' })}.${body}.`,
  'alg empty': withHeader({ alg: '' }),
  'alg missing': key.sign(good, { typ: 'JWT', kid: 'k1' }),
  'alg a list': withHeader({ alg: ['EdDSA'] }),
  'alg in lower case': withHeader({ alg: 'eddsa' }),
  'alg Ed25519 by another name': withHeader({ alg: 'Ed448' }),
  'HS256 with the public key as PEM': hmac('HS256', pem),
  'HS256 with the public key as trimmed PEM': hmac('HS256', pem.trim()),
  'HS256 with the public key as DER': hmac('HS256', der),
  'HS256 with the raw public key': hmac('HS256', Buffer.from(key.jwk['x'] as string, 'base64url')),
  'HS256 with an empty secret': hmac('HS256', ''),
  'HS384 with the public key': hmac('HS384', pem),
  'HS512 with the public key': hmac('HS512', pem),
  'HS256 that claims to be EdDSA': hmac('HS256', pem, { alg: 'EdDSA' }),
  'RS256 with a key of its own in the header': rs256(),
  'another key under our name': makeKey('k1').sign(good),
  'an unknown key': makeKey('k2').sign(good),
  'kid missing': key.sign(good, { alg: 'EdDSA', typ: 'JWT' }),
  'kid a path': withHeader({ kid: '../../../../dev/null' }),
  'kid SQL': withHeader({ kid: "k1' UNION SELECT 'x" }),
  'kid a command': withHeader({ kid: 'k1|id' }),
  'kid __proto__': withHeader({ kid: '__proto__' }),
  'kid constructor': withHeader({ kid: 'constructor' }),
  'kid a number': withHeader({ kid: 1 }),
  'kid a list': withHeader({ kid: ['k1'] }),
  'kid with NUL': withHeader({ kid: 'k1\u0000' }),
  'kid twice': key.sign(good, '{"alg":"EdDSA","typ":"JWT","kid":"k1","kid":"k1"}'),
  'jku in the header': withHeader({ jku: 'http://127.0.0.1/jwks' }),
  'x5u in the header': withHeader({ x5u: 'http://127.0.0.1/cert' }),
  'a key in the header': withHeader({ jwk: key.jwk }),
  'crit in the header': withHeader({ crit: ['exp'] }),
  'b64 false': withHeader({ b64: false, crit: ['b64'] }),
  'typ of another kind': withHeader({ typ: 'refresh+jwt' }),
  'typ a number': withHeader({ typ: 1 }),
  'header a list': key.sign(good, [{ alg: 'EdDSA', kid: 'k1' }]),
  'header null': key.sign(good, 'null'),
  'header not JSON': key.sign(good, 'EdDSA'),
  'header with spaces': key.sign(good, '{"alg": "EdDSA", "typ": "JWT", "kid": "k1"}'),
  'payload a list': key.sign([good]),
  'payload a list of claims by position': key.sign(Object.values(good)),
  'payload a string': key.sign('"me"'),
  'payload null': key.sign('null'),
  'payload a number': key.sign('1'),
  'payload not JSON': key.sign('iss=stampede'),
  'payload empty': key.sign('{}'),
  'payload with a claim twice': key.sign(`${text.slice(0, -1)},"role":"operator"}`),
  'payload with sub twice, the same': key.sign(`${text.slice(0, -1)},"sub":"${USER}"}`),
  'payload with spaces': key.sign(text.replaceAll(',', ', ')),
  'payload with a byte order mark': key.sign(`\ufeff${text}`),
  'payload inherits its claims': key.sign(`{"__proto__":${text}}`),
  expired: key.sign({ ...good, exp: now - 31 }),
  'expired long ago': key.sign({ ...good, iat: 1, exp: 2 }),
  'exp missing': key.sign({ ...good, exp: undefined }),
  'exp a string': key.sign({ ...good, exp: String(now + 600) }),
  'exp a fraction': key.sign({ ...good, exp: now + 600.5 }),
  'exp null': key.sign({ ...good, exp: null }),
  'exp a list': key.sign({ ...good, exp: [now + 600] }),
  'exp beyond numbers': key.sign(text.replace(/"exp":\d+/, '"exp":1e999')),
  'exp negative': key.sign({ ...good, exp: -1 }),
  'iat missing': key.sign({ ...good, iat: undefined }),
  'iat in the future': key.sign({ ...good, iat: now + 60 }),
  'nbf in the future': key.sign({ ...good, nbf: now + 60 }),
  'nbf a string': key.sign({ ...good, nbf: 'now' }),
  'another issuer': key.sign({ ...good, iss: 'stampede.example' }),
  'iss missing': key.sign({ ...good, iss: undefined }),
  'iss a list with ours': key.sign({ ...good, iss: ['stampede'] }),
  'another audience': key.sign({ ...good, aud: 'stampede-internal' }),
  'aud missing': key.sign({ ...good, aud: undefined }),
  'aud a list with ours': key.sign({ ...good, aud: ['stampede-api'] }),
  'aud with a space': key.sign({ ...good, aud: 'stampede-api ' }),
  'sub missing': key.sign({ ...good, sub: undefined }),
  'sub a list': key.sign({ ...good, sub: [USER] }),
  'sub a path': key.sign({ ...good, sub: `${USER}/../${USER}` }),
  'sub in upper case': key.sign({ ...good, sub: USER.toUpperCase() }),
  'role missing': key.sign({ ...good, role: undefined }),
  'role unknown': key.sign({ ...good, role: 'root' }),
  'role a list': key.sign({ ...good, role: ['operator'] }),
  'role in upper case': key.sign({ ...good, role: 'OPERATOR' }),
  'role changed after signing': `${head}.${segment({ ...good, role: 'operator' })}.${signature}`,
  'user changed after signing': `${head}.${segment({ ...good, sub: USER.replace('a', 'b') })}.${signature}`,
  'signature of another token': `${head}.${body}.${key.sign({ ...good, jti: 'x' }).split('.')[2]}`,
  'signature missing': `${head}.${body}`,
  'signature empty': `${head}.${body}.`,
  'signature truncated': `${head}.${body}.${signature.slice(0, -4)}`,
  'signature all zeros': `${head}.${body}.${Buffer.alloc(64).toString('base64url')}`,
  'signature longer': `${head}.${body}.${signature}AAAA`,
  'signature with padding': `${head}.${body}.${signature}==`,
  'signature in plain base64': `${head}.${body}.${plain(signature)}`,
  'payload with padding': `${head}.${body}=.${signature}`,
  'payload truncated': `${head}.${body.slice(0, -8)}.${signature}`,
  'four parts': `${head}.${body}.${signature}.${signature}`,
  'five parts, as if encrypted': `${head}..${body}.${signature}.AAAA`,
  'only dots': '..',
  empty: '',
  huge: key.sign({ ...good, pad: 'x'.repeat(10_000) }),
  'spaces inside': `${head} .${body}.${signature}`,
  'percent encoded': `${head}%2E${body}%2E${signature}`,
  'not ASCII': `${head}.${body}.${signature.slice(0, -1)}é`,
}

function plain(base64url: string): string {
  return Buffer.from(base64url, 'base64url').toString('base64').replace('=', '+')
}
