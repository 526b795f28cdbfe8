import { existsSync, readdirSync } from 'node:fs'
import { pickProfile, profileOf, STAMPEDE_HOME } from '../profile.ts'
import { endLiving } from '../state.ts'

// `npm run stop` ends the system of `npm start`, `npm run stop test-1` another, `npm run stop all` every one.
const [wish = 'start'] = process.argv.slice(2)
const homes = existsSync(STAMPEDE_HOME) ? readdirSync(STAMPEDE_HOME) : []
const labels = wish === 'all' ? homes.filter((home) => profileOf(home)) : [wish]

for (const label of labels) {
  const choice = profileOf(label)
  if (!choice) {
    console.error(`There is no profile ${label}.`)
    process.exit(1)
  }
  const ended = await endLiving(pickProfile(choice))
  console.log(ended.length > 0 ? `${label}: ended ${ended.join(', ')}` : `${label}: nothing runs`)
}
