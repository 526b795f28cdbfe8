import type { Target } from '../generator/loopback.ts'
import { buildRequest } from '../generator/request.ts'
import type { Aim } from './shot.ts'

/** The request of the attempt with this number, counted from 0. */
export type WriteAttempt = (number: number) => string

const GAP = '\u0001'

/** Everything but sale, token and key is built once: an attempt costs the generator one concatenation. */
export function openAim(target: Target, aim: Aim, tokens: readonly string[]): WriteAttempt {
  const { saleIds, instead, buyers, keys, keyless = false } = aim
  if (buyers.first + buyers.count > tokens.length) throw new Error(`there are ${tokens.length} buyers only`)
  const template = buildRequest(target, {
    method: 'POST',
    path: `/api/sales/${GAP}/orders`,
    headers: { authorization: `Bearer ${GAP}`, [keyless ? 'x-number' : 'idempotency-key']: GAP },
    body: '{"quantity":1}',
  })
  const [beforeSale, beforeToken, beforeKey, end] = template.split(GAP)
  return (number) => {
    const saleId = pickSale(number, saleIds, instead)
    const token = tokens[buyers.first + (number % buyers.count)]
    return `${beforeSale}${saleId}${beforeToken}${token}${beforeKey}${keys}-${number}${end}`
  }
}

function pickSale(number: number, saleIds: readonly string[], instead: Aim['instead']): string | undefined {
  if (!instead || number % instead.every !== 0) return saleIds[number % saleIds.length]
  return instead.saleIds[(number / instead.every) % instead.saleIds.length]
}
