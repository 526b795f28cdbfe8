import { frequency, jobOf, type Labels } from './promql.ts'

/** Attempts to buy, as the gateway answered them. */
export const PURCHASES: Labels = {
  job: jobOf('gateway'),
  'http.route': '/api/sales/:saleId/orders',
}

/** The share of purchases that may go without a decision: what 99.9 % leave. */
export const BUDGET = 0.001

/** The share that went without one, with 5xx: overloaded, gate shut, unavailable, too late. */
export function undecided(over: string): string {
  const labels = { ...PURCHASES, 'http.response.status_code': /5../ }
  const failed = frequency('http.server.request.duration', { labels, over })
  return `${failed} / ${frequency('http.server.request.duration', { labels: PURCHASES, over })}`
}
