/**
 * How long to wait before trying again after `failures` failures in a row: doubling from `firstMs` up to
 * `mostMs`, of which a random half is taken off so that those who failed together do not come back together.
 */
export function backoffMs(failures: number, firstMs: number, mostMs: number): number {
  const fullMs = Math.min(mostMs, firstMs * 2 ** Math.min(failures - 1, 30))
  return fullMs * (0.5 + Math.random() / 2)
}
