import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import { verifyWith } from './signatures-standardwebhooks.ts'

const SECRET = randomBytes(32).toString('base64')
const BODY = '{"type":"charge.succeeded","data":{"amountCents":1999,"name":"Ada Müller 😀"}}'
const ID = '01900000-0000-7000-8000-000000000000'
const verify = verifyWith([SECRET])

function sign({ ageSeconds = 0, secret = SECRET, body = BODY, id = ID } = {}) {
  const at = new Date(Math.floor(Date.now() / 1_000) * 1_000 - ageSeconds * 1_000)
  const signature = new Webhook(secret).sign(id, at, body)
  return { id, timestamp: String(at.getTime() / 1_000), signature }
}

test('what was signed with our secret holds, also beside signatures of others', () => {
  const sound = sign()
  assert.equal(verify(BODY, sound), 'sound')
  const other = sign({ secret: randomBytes(32).toString('base64') }).signature
  assert.equal(verify(BODY, { ...sound, signature: `v1,AAAA ${other} ${sound.signature}` }), 'sound')
})

test('while the secret is changed, the old and the new one both hold, and no third one does', () => {
  const next = randomBytes(32).toString('base64')
  const both = verifyWith([SECRET, `whsec_${next}`])
  assert.equal(both(BODY, sign()), 'sound')
  assert.equal(both(BODY, sign({ secret: next })), 'sound')
  assert.equal(both(BODY, sign({ secret: randomBytes(32).toString('base64') })), 'invalid')
  assert.equal(verify(BODY, sign({ secret: next })), 'invalid')
})

test('a changed body, id, time or signature is invalid', () => {
  const sound = sign()
  const forged: [string, typeof sound][] = [
    [BODY.replace('1999', '1'), sound],
    [`${BODY} `, sound],
    ['', sound],
    [BODY, { ...sound, id: '01900000-0000-7000-8000-000000000001' }],
    [BODY, { ...sound, timestamp: String(Number(sound.timestamp) + 1) }],
    [BODY, { ...sound, signature: sound.signature.replace('v1,', 'v2,') }],
    [BODY, { ...sound, signature: sound.signature.slice(3) }],
    [BODY, { ...sound, signature: sound.signature.slice(0, -2) }],
    [BODY, { ...sound, signature: `${sound.signature}x` }],
    ...['', 'v1', 'v1,', ',', ' ', 'v1,v1,v1', 'v1a,x', 'v1,\u0000'].map(
      (signature): [string, typeof sound] => [BODY, { ...sound, signature }],
    ),
  ]
  for (const [body, signed] of forged) assert.equal(verify(body, signed), 'invalid', JSON.stringify(signed))
})

test('older or newer than five minutes is expired, though soundly signed', () => {
  assert.equal(verify(BODY, sign({ ageSeconds: 298 })), 'sound')
  assert.equal(verify(BODY, sign({ ageSeconds: -298 })), 'sound')
  assert.equal(verify(BODY, sign({ ageSeconds: 301 })), 'expired')
  assert.equal(verify(BODY, sign({ ageSeconds: -302 })), 'expired')
})

test('a time that is no plain number of seconds is invalid, however it may be read', () => {
  const sound = sign()
  const odd = ['', '1e9', '-1', '+1', ' 1', 'NaN', '0x1', '٣', '1'.repeat(13), `${sound.timestamp}.0`]
  for (const timestamp of [...odd, `${sound.timestamp}abc`, `${sound.timestamp}\n`, ` ${sound.timestamp}`]) {
    assert.equal(verify(BODY, { ...sound, timestamp }), 'invalid', timestamp)
  }
})

test('an id that could be read in two ways is invalid, though soundly signed', () => {
  for (const id of ['a.b', 'a b', '', 'x'.repeat(129), 'ä', 'a\nb']) {
    assert.equal(verify(BODY, sign({ id })), 'invalid', id)
  }
})
