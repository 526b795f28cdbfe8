import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Keeper } from './keeper.ts'
import { processIdentity } from './lock.mjs'
import { NotRunning, type PartEvent, type PartSpec } from './part.ts'

const folder = mkdtempSync(join(tmpdir(), 'keeper-'))
const keepers: Keeper[] = []
after(() => {
  for (const keeper of keepers) keeper.killNow()
  rmSync(folder, { recursive: true })
})

const STAYS = 'setInterval(() => {}, 1000)'
const DEAF = `process.on('SIGTERM', () => console.log('heard')); ${STAYS}`

function keep(script: string, changes: Partial<PartSpec> = {}) {
  const events: PartEvent[] = []
  const spec: PartSpec = {
    name: 'part',
    role: 'service',
    url: '',
    file: process.execPath,
    args: ['-e', script],
    env: process.env,
    channel: false,
    stop: { signal: 'SIGTERM', limitMs: 5000 },
    check: () => Promise.resolve(),
    readyMs: 5000,
    ...changes,
  }
  const logFile = join(folder, `${keepers.length}.log`)
  const keeper = new Keeper(spec, { logFile, onChange: (event) => event && events.push(event) })
  keepers.push(keeper)
  return { keeper, events, logFile }
}

test('a killed process is replaced by a new one, and both moments are told', async () => {
  const { keeper, events } = keep(STAYS)
  await keeper.start()
  const first = keeper.view().pid
  await keeper.kill('SIGKILL')
  await keeper.untilReady(5000)
  assert.notEqual(keeper.view().pid, first)
  assert.equal(keeper.view().restarts, 1)
  assert.deepEqual(
    events.map((event) => event.kind),
    ['ready', 'died', 'back'],
  )
  await keeper.stop()
})

test('a stopped process stays down', async () => {
  const { keeper } = keep(STAYS)
  await keeper.start()
  const { pid = 0 } = keeper.view()
  await keeper.stop()
  await sleep(400)
  assert.equal(processIdentity(pid), undefined)
  assert.equal(keeper.view().state, 'stopped')
  assert.equal(keeper.view().pid, undefined)
})

test('a process that is deaf to the polite signal is killed at the limit', async () => {
  const { keeper, logFile } = keep(DEAF, { stop: { signal: 'SIGTERM', limitMs: 300 } })
  await keeper.start()
  await sleep(300)
  const startedAt = performance.now()
  await keeper.stop()
  assert.ok(performance.now() - startedAt >= 250)
  assert.match(readFileSync(logFile, 'utf8'), /heard/)
})

test('a process that dies three times before it is ready fails the start, its last words shown', async () => {
  const { keeper } = keep('console.log("no such table"); process.exit(3)', { check: never })
  await assert.rejects(keeper.start(), /did not get ready[\s\S]*no such table/)
  assert.equal(keeper.view().state, 'stopped')
})

test('a process that does not get ready in time fails the start', async () => {
  const { keeper } = keep(STAYS, { check: never, readyMs: 200 })
  await assert.rejects(keeper.start(), /did not get ready \(it is starting\)/)
})

test('a program that does not exist fails the start', async () => {
  const { keeper } = keep('', { file: join(folder, 'missing'), check: never })
  await assert.rejects(keeper.start(), /did not get ready/)
})

test('a frozen process is not ready until it is thawed, and can be stopped while frozen', async () => {
  const { keeper } = keep(STAYS)
  await keeper.start()
  keeper.pause()
  assert.equal(keeper.view().state, 'paused')
  await assert.rejects(keeper.untilReady(200), /it is paused/)
  keeper.resume()
  await keeper.untilReady(2000)
  keeper.pause()
  await keeper.stop()
  assert.equal(keeper.view().state, 'stopped')
})

test('who is not there can be neither killed nor frozen, and that is told', async () => {
  const { keeper } = keep(STAYS)
  await keeper.start()
  await keeper.stop()
  await assert.rejects(keeper.kill('SIGKILL'), NotRunning)
  assert.throws(() => keeper.pause(), NotRunning)
  assert.equal(keeper.view().state, 'stopped')
})

test('a process still starting when it is stopped does not come back', async () => {
  const { keeper } = keep(STAYS, { check: never })
  const start = assert.rejects(keeper.start(), /did not get ready/)
  await sleep(50)
  await keeper.stop()
  await start
  assert.equal(keeper.view().pid, undefined)
})

test('a process that lives and no longer serves is killed and started anew, a frozen one is left alone', async () => {
  let serves = true
  const check = async () => assert.ok(serves)
  const { keeper } = keep(STAYS, { check, hangMs: 1000 })
  await keeper.start()
  const { pid } = keeper.view()
  keeper.pause()
  serves = false
  await sleep(2500)
  assert.equal(keeper.view().pid, pid)
  serves = true
  keeper.resume()
  await keeper.untilReady(2000)
  serves = false
  while (keeper.view().pid === pid) await sleep(50)
  serves = true
  await keeper.untilReady(5000)
  assert.equal(keeper.view().restarts, 1)
})

test('what is laid over the environment stays when it dies, and is gone with the next start', async () => {
  const { keeper, logFile } = keep(`console.log('told:', process.env.TOLD ?? 'nothing'); ${STAYS}`, {
    check: async () => assert.match(readFileSync(logFile, 'utf8'), /told/),
  })
  const told = () => readFileSync(logFile, 'utf8').match(/told: \w+/g) ?? []
  const untilTold = async (count: number) => {
    while (told().length < count) await sleep(20)
  }
  await keeper.start({ TOLD: 'late' })
  await keeper.kill('SIGKILL')
  await untilTold(2)
  await keeper.stop()
  await keeper.start()
  await untilTold(3)
  assert.deepEqual(told(), ['told: late', 'told: late', 'told: nothing'])
})

function never(): Promise<void> {
  return Promise.reject(new Error('not yet'))
}
