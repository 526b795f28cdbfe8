import type { StageName, Variant } from '@stampede/contracts/sales'
import type { Tx } from '@stampede/kit/postgres'

/** What of a sale never changes and says who decides its claims. */
export interface SaleStage {
  readonly saleId: string
  readonly stage: StageName
  readonly variant: Variant
  readonly segments: number
}

const READ = `SELECT sale_id AS "saleId", stage, variant, segments FROM sale
  WHERE sale_id = ANY($1::uuid[]) AND parent_id IS NULL`

/** The stages of those sales that exist, in one statement; segments are no sales. */
export async function readStages(db: Pick<Tx, 'query'>, saleIds: readonly string[]): Promise<SaleStage[]> {
  return (await db.query<SaleStage>({ name: 'stages', text: READ, values: [saleIds] })).rows
}
