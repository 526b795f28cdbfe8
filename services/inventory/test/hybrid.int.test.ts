import { transaction } from '@stampede/kit/postgres'
import { stageCases } from '../src/stages/stage.cases.ts'
import { claimOf, openFixture } from './fixture.ts'

stageCases(async () => {
  const { stage, openSale, pool } = await openFixture()
  return {
    stage,
    openSale,
    claimOf,
    async release(claims) {
      const ended = claims.map(({ claimId, ...claim }) => ({ ...claim, orderId: claimId }))
      await (await transaction(pool, (tx) => stage.release(tx, ended)))()
    },
  }
})
