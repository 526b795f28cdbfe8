/** 12345 → `12,345`. */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString('en-US')
}

export function formatMs(ms: number): string {
  return `${ms < 100 ? ms.toFixed(1) : formatCount(ms)} ms`
}

export function formatSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`
}

/** Minor units of euros: 123450 → `1,234.50 EUR`. */
export function formatMoney(cents: number): string {
  return `${(cents / 100).toLocaleString('en-US', { minimumFractionDigits: 2 })} EUR`
}
