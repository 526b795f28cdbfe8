import { once } from 'node:events'
import { type NextAttempt, runClosedLoop } from '../generator/closed-loop.ts'
import { loopbackTarget } from '../generator/loopback.ts'
import { drawArrivals, runOpenLoop } from '../generator/open-loop.ts'
import { seededRandom } from '../generator/random.ts'
import { buildRequest } from '../generator/request.ts'
import { openBuyers } from './buyers.ts'
import type { CrowdOrders, CrowdProgress } from './crowd-words.ts'
import { openJournal } from './journal.ts'
import { makePlan } from './plan.ts'
import { BRIEF_WINDOW_SECONDS, type Step } from './step.ts'

// The buyers, all of them, in a process of their own: what they do must not disturb what they measure.

const CONNECTIONS = { rush: 128, later: 32, max: 256 } as const
/** The later buyers are about while the unpaid orders of the rush run out, and for a while after. */
const LATER_MS = (BRIEF_WINDOW_SECONDS + 3) * 1000
const TELL_MS = 200
const WARM_UP_ATTEMPTS_MAX = 6000

const [orders] = (await once(process, 'message')) as [CrowdOrders]
process.on('disconnect', () => process.exit(1))

const target = loopbackTarget(orders.url)
const journal = openJournal(orders.journalFile)
const plan = makePlan(orders.options)
const buyers = openBuyers(orders, journal)

tell('warm-up')
await runClosedLoop({ target, connections: CONNECTIONS.rush }, warmUpAttempts())

const telling = setInterval(() => tell('rush'), TELL_MS)
await runClosedLoop({ target, connections: CONNECTIONS.rush }, attemptsOf(plan.rush, 'rush'))
clearInterval(telling)

const tellingLater = setInterval(() => tell('later'), TELL_MS)
const rate = (plan.later.length * 1000) / LATER_MS
const arrivals = drawArrivals(seededRandom(orders.options.seed + 1), rate, LATER_MS)
await runOpenLoop(
  { target, connections: CONNECTIONS.later, connectionsMax: CONNECTIONS.max },
  first(plan.later.length, arrivals),
  attemptsOf(plan.later, 'later'),
)
await buyers.allDone()
clearInterval(tellingLater)
await journal.close()
tell('done')
process.disconnect()

function attemptsOf(steps: readonly Step[], phase: 'rush' | 'later') {
  let at = 0
  return () => {
    const step = steps[at]
    at += 1
    return step && buyers.attempt(step, phase)
  }
}

/**
 * Code runs slowly until it has run often, and a token is
 * dear when it is first seen: neither is the demo's theme.
 */
function warmUpAttempts(): NextAttempt {
  let number = 0
  return () => {
    const buyer = orders.buyers[number]
    number += 1
    if (!buyer || number > WARM_UP_ATTEMPTS_MAX) return undefined
    const path = `/api/sales/${orders.warmUpSaleId}/orders`
    const headers = { authorization: `Bearer ${buyer.accessToken}`, 'idempotency-key': `warm-up-${number}` }
    const request = buildRequest(target, { method: 'POST', path, headers, body: '{"quantity":1}' })
    return { request, timeoutMs: 10_000, done: () => undefined }
  }
}

/** Exactly `count` arrivals: those that chance left out all come at the end. */
function* first(count: number, arrivals: Iterable<number>): Generator<number> {
  let given = 0
  for (const arrival of arrivals) {
    if (given === count) return
    given += 1
    yield arrival
  }
  while (given++ < count) yield LATER_MS
}

function tell(phase: CrowdProgress['phase']): void {
  process.send?.({ phase, ...buyers.counts() } satisfies CrowdProgress)
}
