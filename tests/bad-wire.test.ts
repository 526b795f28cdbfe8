import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { PROBLEMS, type ProblemCode } from '@stampede/contracts/problems'
import { readCode } from '@stampede/loadtests/generator/tally'
import fc from 'fast-check'
import { anyRequest } from './bad-input/anything.ts'
import { askWire, writeRequest } from './bad-input/ask.ts'
import { judgeRefusal } from './bad-input/judge.ts'
import { talk } from './bad-input/talk.ts'
import { WIRE_CASES, type WireCase } from './bad-input/wire.cases.ts'
import { openHouse } from './support/house.ts'

const GENERATED = 2500
const SEED = 20261121
const SLOW = 300

const house = await openHouse({ block: 7 })
const { target } = house
const [buyer] = await house.operator.hireBuyers(1)
assert.ok(buyer)
const tokens = { nobody: undefined, buyer: buyer.accessToken, operator: house.operatorToken }

describe('what is no sound HTTP is refused, and nothing hangs', { concurrency: true }, () => {
  for (const each of WIRE_CASES) test(each.title, async () => assert.deepEqual(await judge(each), []))
})

test(`${SLOW} senders who never come to an end are let go, and others are served meanwhile`, async () => {
  const unfinished =
    'POST /api/sessions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{'
  const slow = Promise.all(Array.from({ length: SLOW }, () => talk(target, [unfinished])))
  const read = await askWire(target, writeRequest(target, { method: 'GET', path: '/api/sales' }))
  assert.equal(read.status, 200)
  const ends = (await slow).map(({ answers, end }) => `${answers.map(({ status }) => status)} ${end}`)
  assert.deepEqual(new Set(ends), new Set(['408 closed']))
})

test(`of ${GENERATED} generated requests each gets an answer, and never that something broke`, async () => {
  const sales = [
    await house.openSale({ units: 1000, limitPerUser: 1000 }),
    await house.openSale({ units: 0 }),
  ]
  const saleIds = sales.map(({ saleId }) => saleId)
  const property = fc.asyncProperty(anyRequest(saleIds), async ({ as, headers = [], ...request }) => {
    const token = tokens[as]
    const identity = token === undefined ? [] : [`authorization: Bearer ${token}`]
    const answer = await askWire(
      target,
      writeRequest(target, { ...request, headers: [...headers, ...identity] }),
    )
    if (answer.status >= 200 && answer.status < 300) return
    const code = readCode(Buffer.from(answer.text)) as ProblemCode
    assert.ok(PROBLEMS[code]?.status < 500, `${answer.status} ${answer.text}`)
    assert.deepEqual(judgeRefusal(answer, code), [])
  })
  await fc.assert(property, { numRuns: GENERATED, seed: SEED })
})

test('nobody died of it', () => {
  const restarts = Object.entries(house.system.parts).filter(([, part]) => part.restarts > 0)
  assert.deepEqual(restarts, [])
})

async function judge({ script, answers }: WireCase): Promise<string[]> {
  const told = await talk(target, script)
  const statuses = told.answers.map(({ status }) => status)
  if (statuses.length !== answers.length) return [`answers ${statuses} for ${answers}, then ${told.end}`]
  return answers.flatMap((wanted, i) => {
    const answer = told.answers[i] as (typeof told.answers)[number]
    if (wanted === 200) return answer.status === 200 ? [] : [`${answer.status} for 200`]
    return judgeRefusal(answer, wanted)
  })
}
