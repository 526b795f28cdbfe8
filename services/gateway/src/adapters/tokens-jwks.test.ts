import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openLog } from '@stampede/kit/log'
import type { Answer, Peer } from '@stampede/kit/peer'
import { FORGED, good, key } from '../../test/forged-tokens.ts'
import { makeKey } from '../../test/test-keys.ts'
import { type OpenTokens, openTokens } from './tokens-jwks.ts'

const USER = '01900000-0000-7000-8000-00000000000a'
const log = openLog('test', 'silent')

/** A user service that publishes these keys, by our clock if not given; nothing when it is away. */
function openUser(state: { jwks: unknown[] | undefined; now?: unknown }) {
  const peer = {
    asked: 0,
    async ask(): Promise<Answer<never>> {
      peer.asked++
      if (!state.jwks) return { ok: false, why: 'unavailable' }
      return { ok: true, status: 200, body: { now: Date.now(), ...state, keys: state.jwks } as never }
    },
  }
  return peer
}

async function withTokens(
  peer: Pick<Peer, 'ask'>,
  work: (tokens: OpenTokens) => Promise<void>,
): Promise<void> {
  const tokens = openTokens(peer, log)
  try {
    await work(tokens)
  } finally {
    tokens.close()
  }
}

const now = Math.floor(Date.now() / 1_000)

function flip(text: string, at: number): string {
  const other = text[at] === 'A' ? 'B' : 'A'
  return text.slice(0, at) + other + text.slice(at + 1)
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
    assert.equal(
      typeof (await tokens.verify(`Bearer ${key.sign(good)}`)),
      'object',
      'the base of them all is good',
    )
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
    for (const header of [
      token,
      `Basic ${token}`,
      `Bearer  ${token}`,
      ` Bearer ${token}`,
      `Bearer ${token}, Bearer ${token}`,
      'Bearer',
    ]) {
      assert.equal(await tokens.verify(header), 'refused', header)
    }
  }))

test('keys of other kinds in the key set are not used', async () => {
  const secret = { kty: 'oct', kid: 'k1', k: 'AAAA', alg: 'HS256' }
  const strange = [
    null,
    1,
    [],
    {},
    secret,
    { ...key.jwk, use: 'enc' },
    { ...key.jwk, crv: 'X25519' },
    { ...key.jwk, x: '!' },
  ]
  await withTokens(openUser({ jwks: strange }), async (tokens) => {
    assert.equal(await tokens.verify(`Bearer ${key.token(USER)}`), 'unavailable')
    assert.equal(tokens.ready, false)
  })
})

test('a key set without a time is not used', async () => {
  for (const time of [null, 1.5, `${Date.now()}`]) {
    await withTokens(openUser({ jwks: [key.jwk], now: time }), async (tokens) => {
      assert.equal(await tokens.verify(`Bearer ${key.token(USER)}`), 'unavailable')
    })
  }
})

test('a token that expires is no longer known', async (t) => {
  let clock = 0
  t.mock.method(performance, 'now', () => clock)
  await withTokens(openUser({ jwks: [key.jwk] }), async (tokens) => {
    const header = `Bearer ${key.sign({ ...good, exp: now + 1 })}`
    assert.equal(typeof (await tokens.verify(header)), 'object')
    clock = 60_000
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
    assert.deepEqual(
      two.map((each) => typeof each),
      ['object', 'object'],
    )
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

test("tokens begin and end by the user service's clock, whatever the gateway's says", async () => {
  const hour = 3_600
  const from = (seconds: number) => key.sign({ ...good, iat: now + seconds, exp: now + seconds + 600 })
  const judge = async (ahead: number, seconds: number) => {
    let said: unknown
    await withTokens(openUser({ jwks: [key.jwk], now: (now + ahead) * 1_000 }), async (tokens) => {
      said = await tokens.verify(`Bearer ${from(seconds)}`)
    })
    return said === 'refused' ? 'refused' : typeof said
  }
  for (const ahead of [-24 * hour, -hour, hour, 24 * hour]) {
    assert.equal(await judge(ahead, ahead), 'object', 'dated now')
    assert.equal(await judge(ahead, ahead + hour), 'refused', 'dated in an hour')
    assert.equal(await judge(ahead, ahead - hour), 'refused', 'ended')
  }
})

test('until a time was told soon enough there is no word on anyone, and it is asked for again', async (t) => {
  const hour = 3_600
  const late = key.sign({ ...good, iat: now + hour, exp: now + hour + 600 })
  let clock = 0
  t.mock.method(performance, 'now', () => clock)
  const user = openUser({ jwks: [key.jwk], now: (now + hour) * 1_000 })
  const frozen = {
    ask() {
      if (user.asked === 0) clock += 60_000
      return user.ask()
    },
  }
  await withTokens(frozen, async (tokens) => {
    assert.equal(await tokens.verify(`Bearer ${late}`), 'unavailable')
    assert.equal(tokens.ready, false)
    const soon = Date.now() + 5_000
    while (user.asked < 2 && Date.now() < soon) await new Promise((later) => setTimeout(later, 50))
    assert.equal(typeof (await tokens.verify(`Bearer ${late}`)), 'object')
  })
})
