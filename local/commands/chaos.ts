import { styleText } from 'node:util'
import { openDeathBook } from '../../loadtests/chaos/deaths.ts'
import { CHAOS_ENV } from '../../loadtests/chaos/env.ts'
import { CHAOS_USAGE, readChaosOptions } from '../../loadtests/chaos/options.ts'
import { writeReport } from '../../loadtests/chaos/report.ts'
import { runChaos } from '../../loadtests/chaos/run-chaos.ts'
import { UsageError } from '../../loadtests/usage.ts'
import { findPorcupine } from '../engines/porcupine.ts'
import { printEvent } from '../print.ts'
import { openStand } from '../stand/stand.ts'

// The system under faults, on purpose: `npm run chaos -- --minutes 30 --seed 7`.
try {
  const options = readChaosOptions(process.argv.slice(2))
  const book = openDeathBook()
  let isUp = false
  let isStopping = false
  const stand = await openStand({
    env: CHAOS_ENV,
    report(event) {
      book.hear(event)
      // What dies and comes back later on is what the run is about: the logs hold it.
      if (!isUp || (event.part === 'runner' && !isStopping)) printEvent(event)
      // The proxies stop after all others, and it has been said.
      if (event.part === 'runner') isStopping = true
    },
  })
  const porcupine = await findPorcupine(printEvent)
  isUp = true
  try {
    const result = await runChaos(options, stand, { book, porcupine })
    console.log(writeReport(result))
    process.exitCode = result.ok ? 0 : 1
  } finally {
    await stand.close()
  }
} catch (error) {
  const isUsage = error instanceof UsageError
  console.error(styleText('red', error instanceof Error ? error.message : String(error)))
  if (isUsage) console.error(CHAOS_USAGE)
  process.exitCode = isUsage ? 2 : 1
}
