/**
 * Like Promise.all, but an error leaves only when all have settled: the closing that follows a failed start
 * must see every process that was begun.
 */
export async function settleAll<T>(begun: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(begun)
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
}
