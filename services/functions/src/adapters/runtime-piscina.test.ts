import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventOf } from '../../test/events.ts'
import { writeModules } from '../../test/modules.ts'
import { openRuntime } from './runtime-piscina.ts'

const TELL = `import { threadId } from 'node:worker_threads'
let calls = 0
export const handle = () => ({ threadId, calls: ++calls, env: Object.keys(process.env) })`
const CONTEXT = { results: {} }
const common = { callMs: 5_000, waitingMax: 2, compileCache: undefined }

async function tell(runtime: ReturnType<typeof openRuntime>) {
  const ran = await runtime.run('coupon', eventOf('order.paid'), CONTEXT)
  if (ran === 'full') return ran
  assert.ok('text' in ran, JSON.stringify(ran))
  return JSON.parse(ran.text) as { threadId: number; calls: number; env: string[] }
}

for (const [threads, warmth] of [
  [1, 'a warm thread serves call after call'],
  [0, 'without warm threads each call has one of its own'],
] as const) {
  test(`${warmth}, and sees no environment`, async (t) => {
    const modules = writeModules({ coupon: TELL })
    const runtime = openRuntime({ ...common, dir: modules.dir, threads })
    t.after(async () => {
      await runtime.close()
      modules.forget()
    })
    const told = [await tell(runtime), await tell(runtime), await tell(runtime)].filter(
      (each) => each !== 'full',
    )
    assert.deepEqual(
      told.map(({ calls }) => calls),
      threads === 0 ? [1, 1, 1] : [1, 2, 3],
    )
    assert.equal(new Set(told.map(({ threadId }) => threadId)).size, threads === 0 ? 3 : 1)
    assert.deepEqual(
      told.flatMap(({ env }) => env),
      [],
    )
  })
}

test('calls beyond those that may wait are turned away at once, and the others are served', async (t) => {
  const modules = writeModules({ coupon: TELL })
  const runtime = openRuntime({ ...common, dir: modules.dir, threads: 1 })
  t.after(async () => {
    await runtime.close()
    modules.forget()
  })
  const all = await Promise.all(Array.from({ length: 6 }, () => tell(runtime)))
  assert.deepEqual(
    all.map((each) => each === 'full'),
    [false, false, false, true, true, true],
  )
})

test('the time of a call begins when a thread is free for it, not while others hang', async (t) => {
  const modules = writeModules({ coupon: 'export const handle = () => { for (;;) {} }' })
  const runtime = openRuntime({ ...common, dir: modules.dir, threads: 1, callMs: 400 })
  t.after(async () => {
    await runtime.close()
    modules.forget()
  })
  const paid = eventOf('order.paid')
  const names = ['coupon', 'coupon', 'points'] as const
  const ran = await Promise.all(names.map((name) => runtime.run(name, paid, CONTEXT)))
  const late = { failed: 'took longer than 400 ms' }
  assert.deepEqual(ran, [late, late, { text: '{"points":12}' }])
})
