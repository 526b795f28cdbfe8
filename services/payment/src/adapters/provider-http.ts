import { Charge } from '@stampede/contracts/provider'
import type { Answer, Peer } from '@stampede/kit/peer'
import Schema from 'typebox/compile'
import type { Provider } from '../domain/ports.ts'

/** Longest wait for the provider's answer. */
export const ANSWER_MS = 3_000

const SOUND = Schema(Charge)
/** What a question that was understood can be refused with; all else may be different the next time. */
const REFUSALS = [400, 404, 409, 422]

type Said = Charge | 'refused' | 'unavailable'

/** Asks the provider over a peer whose key is ours with it. An answer that makes no sense counts as none. */
export function providerOver(peer: Peer): Provider {
  async function ask(reference: string, path: string, body?: object): Promise<Said> {
    const method = body ? 'POST' : 'GET'
    const answer = await peer.ask<unknown>({ method, path, body, budgetMs: ANSWER_MS })
    return read(answer, reference)
  }

  async function find(reference: string): Promise<Charge | 'unknown' | 'unavailable'> {
    const said = await ask(reference, `/charges/${reference}`)
    return said === 'refused' ? 'unknown' : said
  }

  return {
    find,
    async charge(wish) {
      const said = await ask(wish.reference, '/charges', wish)
      if (said !== 'refused') return said
      // Refused for it was taken otherwise before? Then what was taken counts.
      const found = await find(wish.reference)
      return found === 'unknown' ? 'refused' : found
    },
    credit: (reference, wish) => ask(reference, `/charges/${reference}/credits`, wish),
  }
}

function read(answer: Answer<unknown>, reference: string): Said {
  if (!answer.ok) return 'unavailable'
  if (REFUSALS.includes(answer.status)) return 'refused'
  const { status, body } = answer
  return status < 300 && SOUND.Check(body) && body.reference === reference ? body : 'unavailable'
}
