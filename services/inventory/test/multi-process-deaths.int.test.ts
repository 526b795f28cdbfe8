import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Claim } from '@stampede/contracts/claims'
import { newId } from '@stampede/contracts/ids'
import { openMultiProcess } from '../src/stages/multi-process.ts'
import type { Witness } from '../src/stages/witness.ts'
import { claimOf, openStory, until, word } from './fixture.ts'

const PARENT = new URL('multi-process-parent.ts', import.meta.url)
const soon = () => performance.now() + 20_000

function workersSeen(witness: Witness, saleId: string): number[] {
  const sights = witness.tell(saleId).sights
  return [...new Set(sights.map(({ who }) => Number(who.replace('process ', ''))))]
}

/** Not those that have ended and only wait to be collected. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** A guarded stage whose first worker that has looked gets `signal`, once, after `delayMs`. */
async function openStruck(signal: NodeJS.Signals, delayMs: number, answerMs: number) {
  let struck = 0
  const between = async ({ saleId }: Claim) => {
    if (struck > 0) return
    struck = workersSeen(story.witness, saleId)[0] ?? 0
    if (delayMs === 0) process.kill(struck, signal)
    else setTimeout(() => process.kill(struck, signal), delayMs)
  }
  const open = { between, answerMs, leaseMs: 500 }
  const story = await openStory((deps) => openMultiProcess(deps, 'guarded'), open)
  const saleId = await story.openSale({ units: 50, limitPerUser: 1 })
  const claims = Array.from({ length: 100 }, () => claimOf(saleId, newId(), 'key'))
  const words = (await story.stage.claim(claims, soon())).map(word)

  /** Claims until a fifth worker has looked. */
  async function meetTheNewOne(): Promise<void> {
    await until(async () => {
      await story.stage.claim(
        Array.from({ length: 4 }, () => claimOf(saleId, newId(), 'key')),
        soon(),
      )
      await sleep(50)
      return workersSeen(story.witness, saleId).length === 5
    }, 'a new worker looks')
  }
  return { ...story, saleId, claims, words, meetTheNewOne, struck: () => struck }
}

test('a worker killed under the lock: its claims are answered, the books balance, a new one comes', {
  timeout: 30_000,
}, async () => {
  // About where it writes; and were its claims not answered at its end, the test would be over first.
  const { stage, saleId, claims, words, struck, ...story } = await openStruck('SIGKILL', 2, 60_000)
  assert.equal(isAlive(struck()), false)
  assert.equal(words.length, 100)
  assert.ok(words.filter((each) => each === 'busy').length >= 1)
  // Whoever was told that it won has won; whoever was told 'busy' asks again, and is not sold a second unit.
  const again = (await stage.claim(claims, soon())).map(word)
  for (const [i, each] of words.entries()) if (each === 'won') assert.equal(again[i], 'won')
  assert.equal(again.filter((each) => each === 'won').length, 50)
  assert.deepEqual(await stage.count(saleId), { left: 0, won: 50 })
  await stage.change({ ...(await story.rowOf(saleId)), units: 1_050 }, 1_000)
  await story.meetTheNewOne()
  const { left, won } = await stage.count(saleId)
  assert.equal(left + won, 1_050)
})

test('a worker that says nothing for too long is ended, and a new one comes', async () => {
  const { stage, saleId, words, struck, ...story } = await openStruck('SIGSTOP', 0, 3_000)
  assert.ok(words.filter((each) => each === 'busy').length >= 1)
  await stage.change({ ...(await story.rowOf(saleId)), units: 1_050 }, 1_000)
  await story.meetTheNewOne()
  assert.equal(isAlive(struck()), false)
  const { left, won } = await stage.count(saleId)
  assert.equal(left + won, 1_050)
})

for (const [how, end] of [
  ['is killed -9', (parent: ReturnType<typeof fork>) => parent.kill('SIGKILL')],
  ['closes', (parent: ReturnType<typeof fork>) => parent.send('close')],
] as const) {
  test(`a parent that ${how} leaves no worker behind`, async () => {
    const parent = fork(PARENT, { execArgv: [] })
    const [pids] = (await once(parent, 'message')) as [number[]]
    assert.equal(pids.length, 4)
    assert.ok(pids.every(isAlive))
    end(parent)
    await once(parent, 'exit')
    await until(async () => !pids.some(isAlive), 'all workers are gone')
  })
}
