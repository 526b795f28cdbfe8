import { Webhook } from 'standardwebhooks'
import type { Waiting } from './webhooks-postgres.ts'

/** Longest wait for the receiver's answer. */
export const SEND_MS = 5_000

export interface Receiver {
  readonly url: string
  /** Base64. */
  readonly secret: string
}

/**
 * Makes the function that sends a webhook, signed anew each time: receivers refuse what was signed long ago.
 * It resolves to whether the receiver took it, and never rejects.
 */
export function sendTo({ url, secret }: Receiver) {
  const signer = new Webhook(secret)
  return async ({ eventId, body }: Waiting): Promise<boolean> => {
    const now = new Date()
    const headers = {
      'content-type': 'application/json',
      'webhook-id': eventId,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
      'webhook-signature': signer.sign(eventId, now, body),
    }
    try {
      const signal = AbortSignal.timeout(SEND_MS)
      const answer = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'error' })
      await answer.body?.cancel()
      return answer.ok
    } catch {
      return false
    }
  }
}
