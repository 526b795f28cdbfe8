import type { OrderHistory } from './history.ts'

/**
 * What in a history no register can have done, in words; empty if it is legal. The register holds the version
 * of an order; each step sets it to the next. A read sees no less than every step and read that was over when
 * it began, and no more than what had begun when it was over.
 */
export function findIllegalOrder({ operations }: OrderHistory): string[] {
  return operations.flatMap((read) => {
    if (read.kind !== 'read') return []
    const { call, version, return: end = Number.POSITIVE_INFINITY } = read
    const least = highest(operations.filter((each) => each.return !== undefined && each.return < call))
    const most = highest(operations.filter((each) => each.kind === 'step' && each.call <= end))
    if (version < least) return [`read version ${version} after version ${least}`]
    return version > most ? [`read version ${version} before it was made`] : []
  })
}

function highest(operations: OrderHistory['operations']): number {
  return operations.reduce((high, { version }) => Math.max(high, version), 0)
}
