import { existsSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { parseArgs, styleText } from 'node:util'
import { findJaeger } from '../engines/jaeger.ts'
import { printEvent } from '../print.ts'
import { ROOT, STAMPEDE_HOME } from '../profile.ts'
import { SERVICES, type ServiceEnv } from '../services.ts'
import { openSystem, type System } from '../system.ts'

const USAGE = `npm start -- [flags]
  --traces    with a trace backend, and each request to the API has its trace kept; the backend is built once,
              for some minutes, with Go`

const { traces } = readOptions()
const startedAt = performance.now()
const system = await open().catch((error: Error) => {
  console.error(styleText('red', error.message))
  process.exit(1)
})
// From here on, being stopped is the normal end.
process.exitCode = 0
printLinks(system)

function readOptions(): { readonly traces: boolean } {
  try {
    // npm keeps a flag for itself unless two dashes stand before it.
    if (process.env['npm_config_traces']) throw new Error('npm took --traces: write npm start -- --traces')
    return parseArgs({ options: { traces: { type: 'boolean', default: false } } }).values
  } catch (error) {
    console.error(styleText('red', (error as Error).message))
    console.error(USAGE)
    process.exit(2)
  }
}

async function open(): Promise<System> {
  const choice = { profile: 'start', report: printEvent } as const
  const given = telemetrySettings()
  if (!traces) return openSystem({ ...choice, env: forAll(given) })
  const jaeger = await findJaeger(printEvent)
  if (!jaeger) throw new Error('--traces needs Go on PATH, to build the trace backend: https://go.dev/dl')
  const { OTEL_EXPORTER_OTLP_ENDPOINT: elsewhere, ...rest } = given
  if (elsewhere) console.log(`Traces go to the backend that --traces starts, not to ${elsewhere}`)
  const all = { TRACE_RATIO: '1', TRACES_PER_SECOND_MAX: '1000000' }
  return openSystem({ ...choice, jaeger, env: { ...forAll(rest), gateway: { ...rest, ...all } } })
}

/** What the shell says of telemetry: of all else the services are told nothing by accident. */
function telemetrySettings(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => /^(OTEL|TRACES?)_/.test(name)))
}

function forAll(env: NodeJS.ProcessEnv): ServiceEnv {
  return Object.fromEntries(SERVICES.map((name) => [name, env]))
}

function printLinks({ parts, engines }: System): void {
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  const gateway = parts['gateway']?.url
  const rows = [
    ...(gateway
      ? [
          ['Gateway', gateway],
          ['API', `${gateway}/docs`],
          ['Stories', `${gateway}/story`],
          ['Health', `${gateway}/health/ready`],
        ]
      : []),
    ...(parts['jaeger'] ? [['Traces', `${parts['jaeger'].url}/api/traces?service=gateway`]] : []),
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
