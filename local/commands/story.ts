import { styleText } from 'node:util'
import { readStoryOptions, STORY_USAGE } from '../../loadtests/story/options.ts'
import { runStory } from '../../loadtests/story/run-story.ts'
import { UsageError } from '../../loadtests/usage.ts'
import { printEvent } from '../print.ts'
import { pickProfile } from '../profile.ts'
import { keepSecrets } from '../secrets.ts'
import { openSystem } from '../system.ts'

// Two thousand test buyers do the work of a crowd: the quota of each is lifted, though it is still counted.
const QUOTA_ATTEMPTS = '1000000'

// Every stage under the same rush, in one table: `npm run story -- --quick`.
try {
  const options = readStoryOptions(process.argv.slice(2))
  const profile = pickProfile({ profile: 'story' })
  const env = { gateway: { QUOTA_ATTEMPTS } }
  const { processes: count } = options
  const processes = { gateway: count, order: count, inventory: count }
  const system = await openSystem({ profile: 'story', fresh: true, env, processes, report: printEvent })
  try {
    const internalKey = keepSecrets(profile).INTERNAL_KEY
    const renew = async () => {
      await system.stop('inventory')
      await system.restart('inventory')
      await system.untilReady('inventory')
    }
    const isAsDeclared = await runStory(options, { system, internalKey, renew, folder: profile.home })
    process.exitCode = isAsDeclared ? 0 : 1
  } finally {
    await system.close()
  }
} catch (error) {
  const isUsage = error instanceof UsageError
  console.error(styleText('red', error instanceof Error ? error.message : String(error)))
  if (isUsage) console.error(STORY_USAGE)
  process.exitCode = isUsage ? 2 : 1
}
