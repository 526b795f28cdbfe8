import { openEngines } from '../engines.ts'
import { printEvent } from '../print.ts'
import type { ProfileName } from '../profile.ts'

// Engines alone, until Ctrl-C: `node local/commands/engines.ts [profile]`. For work on one service.
const [profile = 'start'] = process.argv.slice(2)
const engines = await openEngines({ profile: profile as ProfileName, fresh: false, report: printEvent })
for (const [name, url] of Object.entries(engines.urls)) console.log(`export ${name}='${url}'`)
