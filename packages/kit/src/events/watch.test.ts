import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { pino } from 'pino'
import { snapshot } from '../metrics/instruments.ts'
import { type GroupState, openWatch } from './watch.ts'

const log = pino({ level: 'silent' })

interface Step {
  readonly state: GroupState | Error
  /** Something got done before this look. */
  readonly progress?: boolean
  /** The process was stopped for so long before this look. */
  readonly pausedMs?: number
}

/** A watch over some looks, 10 s apart; an error stands for an outage. */
async function watchOver(t: TestContext, steps: readonly Step[]) {
  let now = 0
  t.mock.timers.enable({ apis: ['setInterval'] })
  t.mock.method(performance, 'now', () => now)
  const reports: string[] = []
  let next: GroupState | Error = new Error('not yet')
  const look = () => (next instanceof Error ? Promise.reject(next) : Promise.resolve(next))
  const onStuck = (reason: string) => void reports.push(reason)
  const watch = openWatch({ group: 'test', log, look, everyMs: 10_000, stuckMs: 30_000, onStuck })
  for (const { state, progress = false, pausedMs = 0 } of steps) {
    next = state
    now += 10_000 + pausedMs
    if (progress) watch.progress()
    t.mock.timers.tick(10_000)
    await turn()
    await turn()
  }
  const told = lags()
  watch.close()
  assert.deepEqual(lags(), [])
  return { reports, told }
}

/** What is told of the lag. */
function lags(): unknown[] {
  const told = snapshot().find(({ name }) => name === 'stampede.consumer.lag')
  return (told?.lines ?? []).map(({ value }) => value)
}

const waiting = { state: { lag: 5, done: 100, groupLag: 12 } }
const times = <T>(length: number, step: (i: number) => T): T[] => Array.from({ length }, (_, i) => step(i))

test('events wait and nothing moves: stuck', async (t) => {
  assert.equal(
    (
      await watchOver(
        t,
        times(4, () => waiting),
      )
    ).reports.length,
    1,
  )
})

test('nothing is stuck before its time', async (t) => {
  assert.equal(
    (
      await watchOver(
        t,
        times(3, () => waiting),
      )
    ).reports.length,
    0,
  )
})

test('nothing waits: never stuck', async (t) => {
  assert.equal(
    (
      await watchOver(
        t,
        times(20, () => ({ state: { lag: 0, done: 100, groupLag: 12 } })),
      )
    ).reports.length,
    0,
  )
})

test('it moves, however slowly: not stuck', async (t) => {
  const steps = times(20, (i) => ({ state: { lag: 5, done: 100 + Math.floor(i / 2), groupLag: 12 } }))
  assert.equal((await watchOver(t, steps)).reports.length, 0)
})

test('a long batch in small steps: not stuck', async (t) => {
  const steps = times(20, (i) => ({ ...waiting, progress: i % 2 === 0 }))
  assert.equal((await watchOver(t, steps)).reports.length, 0)
})

test('an outage of Kafka or Postgres: not stuck, and the lag is not known', async (t) => {
  const outage = times(20, () => ({ state: new Error('refused') }))
  const { reports, told } = await watchOver(t, [waiting, waiting, waiting, ...outage])
  assert.equal(reports.length, 0)
  assert.deepEqual(told, [])
})

test('a process that was paused for an hour: not stuck', async (t) => {
  assert.equal(
    (await watchOver(t, [waiting, waiting, { ...waiting, pausedMs: 3_600_000 }])).reports.length,
    0,
  )
})

test('the lag that is told is that of the whole group', async (t) => {
  assert.deepEqual((await watchOver(t, [waiting])).told, [12])
})
