import { describe } from 'node:test'
import { STAGES } from '@stampede/contracts/sales'
import { openDatabase } from '../src/stages/database.ts'
import { stageCases } from '../src/stages/stage.cases.ts'
import { openStory } from './fixture.ts'

for (const variant of STAGES.database) {
  describe(`database, ${variant}`, () => {
    stageCases(() => openStory((deps) => openDatabase(deps, variant)))
  })
}
