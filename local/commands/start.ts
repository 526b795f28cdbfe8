import { existsSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { styleText } from 'node:util'
import { printEvent } from '../print.ts'
import { ROOT, STAMPEDE_HOME } from '../profile.ts'
import { openSystem, type System } from '../system.ts'

const startedAt = performance.now()
const system = await openSystem({ profile: 'start', report: printEvent }).catch((error: Error) => {
  console.error(styleText('red', error.message))
  process.exit(1)
})
// From here on, being stopped is the normal end.
process.exitCode = 0
printLinks(system)

function printLinks({ parts, engines }: System): void {
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  const gateway = parts['gateway']?.url
  const rows = [
    ...(gateway
      ? [
          ['Gateway', gateway],
          ['API', `${gateway}/docs`],
          ['Health', `${gateway}/health/ready`],
        ]
      : []),
    ['Postgres', engines.DATABASE_URL],
    ['Redis', `${engines.REDIS_GATE_URL} (gate), ${engines.REDIS_QUEUE_URL} (queue)`],
    ['Kafka', engines.KAFKA_BROKERS],
    ['Processes', relative(ROOT, resolve(STAMPEDE_HOME, 'start/state.json'))],
    ['Logs', relative(ROOT, resolve(STAMPEDE_HOME, 'start/logs'))],
    ['Stop', 'Ctrl-C, or npm run stop'],
  ]
  console.log(styleText('bold', `\nStampede is up after ${seconds} s\n`))
  for (const [name = '', value] of rows) console.log(`  ${name.padEnd(10)} ${value}`)
  if (!gateway && !existsSync(resolve(ROOT, 'services/gateway')))
    console.log('\n  There is no gateway in this tree yet.')
  console.log()
}
