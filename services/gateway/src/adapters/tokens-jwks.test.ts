import assert from 'node:assert/strict'
import { createHmac, createSign, generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { openLog } from '@stampede/kit/log'
import type { Answer, Peer } from '@stampede/kit/peer'
import { goodClaims, makeKey, segment } from '../../test/test-keys.ts'
import { type OpenTokens, openTokens } from './tokens-jwks.ts'

const USER = '01900000-0000-7000-8000-00000000000a'
const log = openLog('test', 'silent')

/** A user service that publishes these keys; nothing when it is away. */
function openUser(state: { jwks: unknown[] | undefined }) {
  const peer = {
    asked: 0,
    async ask(): Promise<Answer<never>> {
      peer.asked++
      if (!state.jwks) return { ok: false, why: 'unavailable' }
      return { ok: true, status: 200, body: { keys: state.jwks } as never }
    },
    close: async () => undefined,
  }
  return peer
}

async function withTokens(peer: Peer, work: (tokens: OpenTokens) => Promise<void>): Promise<void> {
  const tokens = openTokens(peer, log)
  try {
    await work(tokens)
  } finally {
    tokens.close()
  }
}

const key = makeKey('k1')
const good = goodClaims(USER)
const now = Math.floor(Date.now() / 1_000)
const [head = '', body = '', signature = ''] = key.sign(good).split('.')
const pem = key.publicKey.export({ type: 'spki', format: 'pem' }) as string
const der = key.publicKey.export({ type: 'spki', format: 'der' })
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })

function hmac(algorithm: string, secret: string | Buffer, header: object = {}): string {
  const input = `${segment({ alg: algorithm, typ: 'JWT', kid: 'k1', ...header })}.${body}`
  return `${input}.${createHmac(algorithm.replace('HS', 'sha'), secret).update(input).digest('base64url')}`
}

function flip(text: string, at: number): string {
  const other = text[at] === 'A' ? 'B' : 'A'
  return text.slice(0, at) + other + text.slice(at + 1)
}

function withHeader(more: object): string {
  return key.sign(good, { alg: 'EdDSA', typ: 'JWT', kid: 'k1', ...more })
}

function rs256(): string {
  const input = `${segment({ alg: 'RS256', typ: 'JWT', kid: 'k1', jwk: rsa.publicKey.export({ format: 'jwk' }) })}.${body}`
  return `${input}.${createSign('sha256').update(input).sign(rsa.privateKey, 'base64url')}`
}

const text = JSON.stringify(good)
const FORGED: Record<string, string> = {
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
  'expired': key.sign({ ...good, exp: now - 31 }),
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
  'signature in plain base64': `${head}.${body}.${Buffer.from(signature, 'base64url').toString('base64').replace('=', '+')}`,
  'payload with padding': `${head}.${body}=.${signature}`,
  'payload truncated': `${head}.${body.slice(0, -8)}.${signature}`,
  'four parts': `${head}.${body}.${signature}.${signature}`,
  'five parts, as if encrypted': `${head}..${body}.${signature}.AAAA`,
  'only dots': '..',
  'empty': '',
  'huge': key.sign({ ...good, pad: 'x'.repeat(10_000) }),
  'spaces inside': `${head} .${body}.${signature}`,
  'percent encoded': `${head}%2E${body}%2E${signature}`,
  'not ASCII': `${head}.${body}.${signature.slice(0, -1)}é`,
}

test('a good token says who asks, and is known from then on', () =>
  withTokens(openUser({ jwks: [key.jwk] }), async (tokens) => {
    const header = `Bearer ${key.token(USER, 'operator')}`
    assert.equal(tokens.known(header), undefined)
    const identity = await tokens.verify(header)
    assert.partialDeepStrictEqual(identity, { userId: USER, role: 'operator' })
    assert.deepEqual(tokens.known(header), identity)
    assert.equal(tokens.known(`${header} `), undefined)
    assert.ok(tokens.ready)
  }))

test(`none of ${Object.keys(FORGED).length} forged tokens is let in, nor remembered`, () =>
  withTokens(openUser({ jwks: [key.jwk] }), async (tokens) => {
    assert.ok(Object.keys(FORGED).length >= 60)
    assert.equal(typeof (await tokens.verify(`Bearer ${key.sign(good)}`)), 'object', 'the base of them all is good')
    for (const [title, token] of Object.entries(FORGED)) {
      assert.equal(await tokens.verify(`Bearer ${token}`), 'refused', title)
      assert.equal(tokens.known(`Bearer ${token}`), undefined, title)
    }
  }))

test('no single changed character is let in', () =>
  withTokens(openUser({ jwks: [key.jwk] }), async (tokens) => {
    const token = key.token(USER)
    for (let at = 0; at < token.length; at++) {
      if (token[at] === '.') continue
      assert.equal(await tokens.verify(`Bearer ${flip(token, at)}`), 'refused', `at ${at}`)
    }
  }))

test('only the Bearer scheme counts', () =>
  withTokens(openUser({ jwks: [key.jwk] }), async (tokens) => {
    const token = key.token(USER)
    assert.equal(typeof (await tokens.verify(`bearer ${token}`)), 'object')
    for (const header of [token, `Basic ${token}`, `Bearer  ${token}`, ` Bearer ${token}`, `Bearer ${token}, Bearer ${token}`, 'Bearer']) {
      assert.equal(await tokens.verify(header), 'refused', header)
    }
  }))

test('keys of other kinds in the key set are not used', async () => {
  const secret = { kty: 'oct', kid: 'k1', k: 'AAAA', alg: 'HS256' }
  const strange = [null, 1, [], {}, secret, { ...key.jwk, use: 'enc' }, { ...key.jwk, crv: 'X25519' }, { ...key.jwk, x: '!' }]
  await withTokens(openUser({ jwks: strange }), async (tokens) => {
    assert.equal(await tokens.verify(`Bearer ${key.token(USER)}`), 'unavailable')
    assert.equal(tokens.ready, false)
  })
})

test('a token that expires is no longer known', async (t) => {
  await withTokens(openUser({ jwks: [key.jwk] }), async (tokens) => {
    const header = `Bearer ${key.sign({ ...good, exp: now + 1 })}`
    assert.equal(typeof (await tokens.verify(header)), 'object')
    t.mock.timers.enable({ apis: ['Date'], now: (now + 60) * 1_000 })
    assert.equal(tokens.known(header), undefined)
    assert.equal(await tokens.verify(header), 'refused')
  })
})

test('while the user service never answered there is no word on anyone', () =>
  withTokens(openUser({ jwks: undefined }), async (tokens) => {
    assert.equal(await tokens.verify(`Bearer ${key.token(USER)}`), 'unavailable')
  }))

test('an unknown key is asked about at most once in ten seconds, and then its tokens are good', async (t) => {
  const [old, young] = [makeKey('old'), makeKey('young')]
  const state: { jwks: unknown[] | undefined } = { jwks: [old.jwk] }
  const user = openUser(state)
  let clock = 0
  t.mock.method(performance, 'now', () => clock)
  await withTokens(user, async (tokens) => {
    await tokens.verify(`Bearer ${old.token(USER)}`)
    state.jwks = [old.jwk, young.jwk]
    for (let i = 0; i < 20; i++) assert.equal(await tokens.verify(`Bearer ${young.token(USER)}`), 'refused')
    assert.equal(user.asked, 1)
    clock = 10_000
    const two = await Promise.all([1, 2].map(() => tokens.verify(`Bearer ${young.token(USER)}`)))
    assert.deepEqual(two.map((each) => typeof each), ['object', 'object'])
    assert.equal(user.asked, 2)
  })
})

test('while the user service is away its keys stay good; a withdrawn key takes its tokens with it', async (t) => {
  const [old, young] = [makeKey('old'), makeKey('young')]
  const state: { jwks: unknown[] | undefined } = { jwks: [old.jwk] }
  let clock = 0
  t.mock.method(performance, 'now', () => clock)
  await withTokens(openUser(state), async (tokens) => {
    const header = `Bearer ${old.token(USER)}`
    await tokens.verify(header)
    state.jwks = undefined
    clock = 10_000
    assert.equal(await tokens.verify(`Bearer ${young.token(USER)}`), 'refused')
    assert.equal(typeof (await tokens.verify(`Bearer ${old.token(USER)}`)), 'object')
    state.jwks = [young.jwk]
    clock = 20_000
    assert.equal(typeof (await tokens.verify(`Bearer ${young.token(USER)}`)), 'object')
    assert.equal(tokens.known(header), undefined)
    assert.equal(await tokens.verify(header), 'refused')
  })
})
