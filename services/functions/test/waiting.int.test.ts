import assert from 'node:assert/strict'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { FunctionEvent, FunctionName } from '@stampede/contracts/functions'
import { until } from '@stampede/kit/testing/until'
import { eventOf } from './events.ts'
import { type Harness, openHarness } from './harness.ts'
import { heldModule, writeModules } from './modules.ts'
import { slowCommits } from './slow.ts'

describe('a notification whose event is heard when the other calls were made by HTTP', () => {
  let house: Harness
  const held = openHeldPoints()
  before(async () => {
    house = await openHarness({ FUNCTIONS_DIR: held.dir })
    await house.start()
  })
  after(async () => {
    await house.close()
    held.forget()
  })

  async function post(name: FunctionName, event: FunctionEvent): Promise<void> {
    const headers = { 'content-type': 'application/cloudevents+json' }
    const body = JSON.stringify(event)
    assert.equal((await house.ask(`/functions/${name}`, { method: 'POST', headers, body })).status, 200)
  }

  async function expectOne({ subject }: FunctionEvent): Promise<void> {
    const { points, messages } = await until('the end of all calls', async () => {
      const effects = await house.effects(subject)
      return effects.calls === 3 && effects.undone === 0 && effects
    })
    assert.deepEqual([points, messages?.length], [[12], 1])
    assert.match(messages?.[0] ?? '', /is paid.*coupon THANKS-\w+ is worth 5 %.*earned 12 points/)
  }

  test('is sent, and knows both', async () => {
    const events = [eventOf('order.paid'), eventOf('order.paid'), eventOf('order.paid')] as const
    await post('coupon', events[0])
    await post('points', events[0])
    await post('coupon', events[1])
    await house.tell(...events)
    for (const event of events) await expectOne(event)
  })

  test('is sent as well when the last of them ends while that is being written', async () => {
    const paid = eventOf('order.paid')
    await post('coupon', paid)
    held.hold()
    const slow = await slowCommits(house.sql, 'a waiting call written')
    try {
      const posted = post('points', paid)
      await held.started()
      await house.tell(paid)
      await slow.sleeping()
      held.letGo()
      await posted
      await expectOne(paid)
    } finally {
      await slow.mend()
    }
  })
})

/** Points that are given at once, until they are told to hold. */
function openHeldPoints() {
  const modules = writeModules({ points: heldModule('points') })
  const file = (name: string) => join(modules.dir, name)
  const letGo = () => writeFileSync(file('go'), '')
  letGo()
  return {
    ...modules,
    letGo,
    hold(): void {
      rmSync(file('go'))
      rmSync(file('started'), { force: true })
    },
    started: () => until('a call under way', async () => existsSync(file('started'))),
  }
}
