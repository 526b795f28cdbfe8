import { createHmac } from 'node:crypto'
import { type BadCase, onRoute } from './case.ts'

const ID = '01900000-0000-7000-8000-000000000001'
const CHARGE = {
  chargeId: ID,
  reference: ID,
  state: 'succeeded',
  amountCents: 1999,
  refundedCents: 0,
  currency: 'EUR',
}
const SOUND = { type: 'charge.succeeded', timestamp: '2026-11-21T10:00:00.000Z', data: CHARGE }
const BODY = JSON.stringify(SOUND)
// Those of the future come nearer while the tests before them run.
const AGES = [-3600, -600, 310, 600, 86_400, 10 ** 9]

/** Webhooks that prove nothing; some are signed, with the `secret` (base64) or another. */
export function webhookCases(secret: string): readonly BadCase[] {
  const hook = onRoute('POST /api/webhooks/payments')
  const now = Math.floor(Date.now() / 1_000)
  const signed = (body: string, { id = ID, at = now, key = secret } = {}) => {
    const text = `${id}.${at}.${body}`
    const mac = createHmac('sha256', Buffer.from(key, 'base64')).update(text).digest('base64')
    return [`webhook-id: ${id}`, `webhook-timestamp: ${at}`, `webhook-signature: v1,${mac}`]
  }
  const headers = signed(BODY)
  const [id = '', timestamp = '', signature = ''] = headers
  const forged = (title: string, more: readonly string[], body = BODY) =>
    hook(title, 'signature_invalid', { headers: more, body })
  return [
    ...headers.map((header) => {
      const [name = ''] = header.split(':')
      const rest = headers.filter((each) => each !== header)
      return hook(`without ${name}`, 'invalid_request', {
        headers: rest,
        body: BODY,
        field: `header/${name}`,
      })
    }),
    hook('without a body', 'invalid_request', { headers, body: '' }),
    hook('as text', 'unsupported_media_type', { headers, body: BODY, type: 'text/plain' }),
    hook('16 KiB and one byte', 'body_too_large', { headers, body: 'x'.repeat(16 * 1024 + 1) }),
    ...AGES.map((age) => {
      const old = signed(BODY, { at: now - age })
      return hook(`${age} s old`, 'signature_expired', { headers: old, body: BODY })
    }),
    ...['1e9', '-1', 'now', `${now}.5`, `${now}x`, '0x10'].map((odd) =>
      forged(`at ${odd}`, [id, `webhook-timestamp: ${odd}`, signature]),
    ),
    ...['x', 'v1', 'v1,', 'v2,AAAA', `v1,${'A'.repeat(44)}`, signature.slice(19, -2)].map((odd) =>
      forged(`signed ${odd}`, [id, timestamp, `webhook-signature: ${odd}`]),
    ),
    forged('signed by another', signed(BODY, { key: Buffer.alloc(32).toString('base64') })),
    forged('signed with nothing', signed(BODY, { key: '' })),
    forged('under another id', ['webhook-id: other', timestamp, signature]),
    forged('with two ids', [id, id, timestamp, signature]),
    forged('changed on its way', headers, BODY.replace('1999', '1')),
    forged('with a space more', headers, `${BODY} `),
    forged('no JSON, unsigned', headers, '{'),
    ...['{', 'null', '[]', '{}', BODY.replace('1999', '-1'), BODY.replace('succeeded', 'failed')].map(
      (body) => hook(`signed, but ${body.slice(0, 30)}`, 'invalid_request', { headers: signed(body), body }),
    ),
    hook('of a charge nobody asked for', 'not_found', { headers, body: BODY }),
    hook('read', 'method_not_allowed', { method: 'GET' }),
  ]
}
