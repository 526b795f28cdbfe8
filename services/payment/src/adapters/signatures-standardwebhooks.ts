import { Webhook, WebhookVerificationError } from 'standardwebhooks'

/** As they came with a webhook. */
export interface Signed {
  readonly id: string
  readonly timestamp: string
  readonly signature: string
}

export type Verify = (payload: string, signed: Signed) => 'sound' | 'invalid' | 'expired'

const TOLERANCE_MS = 300_000
// No dot: id, time and body are signed with dots in between, and it must be plain where each begins.
const ID = /^[\x21-\x2d\x2f-\x7e]{1,128}$/
const SECONDS = /^\d{1,12}$/

/** Makes the function that says whether a webhook was signed with one of the secrets (base64), and lately. */
export function verifyWith(secrets: readonly string[]): Verify {
  const verifiers = secrets.map((secret) => new Webhook(secret))
  return (payload, { id, timestamp, signature }) => {
    if (!ID.test(id) || !SECONDS.test(timestamp)) return 'invalid'
    if (Math.abs(Date.now() - Number(timestamp) * 1_000) > TOLERANCE_MS) return 'expired'
    const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature }
    return verifiers.some((verifier) => holds(verifier, payload, headers)) ? 'sound' : 'invalid'
  }
}

function holds(verifier: Webhook, payload: string, headers: Record<string, string>): boolean {
  try {
    verifier.verify(payload, headers, { jsonParse: false })
    return true
  } catch (error) {
    if (error instanceof WebhookVerificationError) return false
    throw error
  }
}
