import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TOPICS } from './events.ts'
import { FUNCTION_TOPICS } from './functions.ts'
import { HOPS, type Hop, isHop, PURCHASE_HOPS } from './telemetry.ts'

const rows = Object.entries(HOPS) as [Hop, { kind: string; after?: string }][]

test('every hop follows one of the table, and none itself', () => {
  for (const [hop, { after }] of rows) {
    let at: string | undefined = after
    for (let steps = 0; at !== undefined; steps++) {
      assert.ok(isHop(at), `${hop} follows ${at}`)
      assert.ok(steps < rows.length && at !== hop, `${hop} follows itself`)
      at = (HOPS[at] as { after?: string }).after
    }
  }
})

test('the hops fit into the two digits of a span id that are theirs', () => {
  assert.ok(rows.length <= 255)
})

test('all parents of the hops of a purchase are hops of a purchase', () => {
  const complete = new Set<string>(PURCHASE_HOPS)
  for (const hop of PURCHASE_HOPS) {
    const { after } = HOPS[hop] as { after?: string }
    assert.ok(after === undefined || complete.has(after), `${hop} follows ${after}`)
  }
})

test('each topic has its sending, and those that functions hear their hearing', () => {
  for (const topic of Object.keys(TOPICS)) assert.ok(isHop(`send ${topic}`), topic)
  for (const topic of FUNCTION_TOPICS) {
    assert.ok(isHop(`process ${topic} by functions`) && isHop(`run notification for ${topic}`), topic)
  }
  assert.equal(isHop('toString'), false)
})
