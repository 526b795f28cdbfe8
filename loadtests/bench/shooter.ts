import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type Attempt, type NextAttempt, runClosedLoop } from '../generator/closed-loop.ts'
import { loopbackTarget } from '../generator/loopback.ts'
import { drawArrivals, type Lateness, runOpenLoop } from '../generator/open-loop.ts'
import { seededRandom } from '../generator/random.ts'
import { createTally } from '../generator/tally.ts'
import { openAim } from './aim.ts'
import type { Aim, Hit, Pace, ShooterOrder, ShooterWord } from './shot.ts'

// The generator's process of the benchmark: warms up, says so, waits for the word, shoots, reports, ends.

const TIMEOUT_MS = 10_000
const WARM_UP_LIMIT_MS = 120_000
const OPEN_AT_START = 64
const SEED = 1

const [{ shot, buyersFile }] = (await once(process, 'message')) as [ShooterOrder]
process.on('disconnect', () => process.exit(0))
const tokens = readFileSync(buyersFile, 'utf8').trimEnd().split('\n')

for (const { aim, attempts } of shot.warmUps) {
  const connections = 'connections' in shot.pace ? shot.pace.connections : OPEN_AT_START
  await fire(aim, { connections, attempts, limitMs: WARM_UP_LIMIT_MS }, { count: () => undefined })
}

const tally = createTally()
let startedAt = 0
let cpuAtStart = process.cpuUsage()
const begin = barrier(shot.urls.length, async () => {
  const go = once(process, 'message')
  tell({ ready: true })
  await go
  startedAt = performance.now()
  cpuAtStart = process.cpuUsage()
})
const lateness = await fire(shot.aim, shot.pace, { count: tally.add, onReady: begin })
const tookMs = performance.now() - startedAt
const { user, system } = process.cpuUsage(cpuAtStart)
const hit: Hit = { ...tally.totals(), tookMs, generatorCpuUs: user + system, ...(lateness && { lateness }) }
tell({ hit })

interface Firing {
  readonly count: Attempt['done']
  readonly onReady?: () => Promise<void>
}

async function fire(aim: Aim, pace: Pace, { count, onReady }: Firing): Promise<Lateness | undefined> {
  const until = {
    number: 0,
    attempts: 'attempts' in pace ? pace.attempts : Number.POSITIVE_INFINITY,
    endAt: 0,
  }
  const limitMs = 'limitMs' in pace ? pace.limitMs : Number.POSITIVE_INFINITY
  const started = async () => {
    await onReady?.()
    until.endAt = performance.now() + limitMs
  }
  const results = await Promise.all(
    shot.urls.map((url) => {
      const target = loopbackTarget(url)
      const next = nextOf(openAim(target, aim, tokens), until, count)
      if ('connections' in pace) {
        const connections = pace.connections / shot.urls.length
        return runClosedLoop({ target, connections, onReady: started }, next).then(() => undefined)
      }
      const arrivals = drawArrivals(
        seededRandom(SEED),
        pace.ratePerSecond / shot.urls.length,
        pace.durationMs,
      )
      const options = {
        target,
        connections: OPEN_AT_START,
        connectionsMax: pace.connectionsMax,
        onReady: started,
      }
      return runOpenLoop(options, arrivals, next)
    }),
  )
  return results[0]
}

interface Until {
  number: number
  readonly attempts: number
  endAt: number
}

/** Those who shoot at several targets count together. */
function nextOf(write: (number: number) => string, until: Until, count: Attempt['done']): NextAttempt {
  return () => {
    if (until.number >= until.attempts || performance.now() > until.endAt) return undefined
    const request = write(until.number)
    until.number += 1
    return { request, timeoutMs: TIMEOUT_MS, done: count }
  }
}

/** Runs `open` once, when the last of `parties` has come, and lets all of them through together. */
function barrier(parties: number, open: () => Promise<void>): () => Promise<void> {
  let come = 0
  let arrive = () => {}
  const all = new Promise<void>((resolve) => {
    arrive = resolve
  }).then(open)
  return () => {
    come += 1
    if (come === parties) arrive()
    return all
  }
}

function tell(word: ShooterWord): void {
  process.send?.(word)
}
