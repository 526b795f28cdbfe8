import { checkHistories } from '../chaos/histories/check-histories.ts'
import { checkBooks, type Finding } from '../demo/books/books.ts'
import type { Evidence, Faults } from '../demo/books/tables.ts'

/** All that the books and the histories find in a world of which it is said that things were broken in it. */
export async function judgeAll(url: string, evidence: Evidence & { faults: Faults }): Promise<Finding[]> {
  const { sales, faults } = evidence
  const histories: Finding[] = []
  const { findings } = await checkBooks(url, evidence, async (client) => {
    histories.push(...(await checkHistories(client, { sales, faults })).checks)
  })
  return [...findings, ...histories]
}
