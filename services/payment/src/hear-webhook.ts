import { Webhook } from '@stampede/contracts/provider'
import Schema from 'typebox/compile'
import type { Signed, Verify } from './adapters/signatures-standardwebhooks.ts'

export interface HearingPorts {
  readonly verify: Verify
  /** Brings the webhook to its effect, once for each event's id. */
  readonly apply: (eventId: string, webhook: Webhook) => Promise<'new' | 'duplicate' | 'unknown'>
}

export type Heard =
  | { readonly duplicate: boolean }
  | { readonly refused: 'invalid' | 'expired' | 'malformed' | 'unknown' }

const SOUND = Schema(Webhook)

/** Hears a webhook as it came: the signature is over its text, so nothing is read before it holds. */
export async function hearWebhook(ports: HearingPorts, payload: string, signed: Signed): Promise<Heard> {
  const verdict = ports.verify(payload, signed)
  if (verdict !== 'sound') return { refused: verdict }
  const webhook = read(payload)
  if (!webhook) return { refused: 'malformed' }
  const applied = await ports.apply(signed.id, webhook)
  return applied === 'unknown' ? { refused: 'unknown' } : { duplicate: applied === 'duplicate' }
}

function read(payload: string): Webhook | undefined {
  try {
    const value: unknown = JSON.parse(payload)
    return SOUND.Check(value) && value.type === `charge.${value.data.state}` ? value : undefined
  } catch {
    return undefined
  }
}
