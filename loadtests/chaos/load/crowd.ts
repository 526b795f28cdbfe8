import type { Winner } from '../../demo/desk.ts'
import { drawInteger, type Random } from '../../generator/random.ts'
import type { Operator } from '../../system/operator.ts'

/** The buyers. New ones take their place from time to time, with tokens that are fresh. */
export interface Crowd {
  pick(random: Random): Winner
  close(): Promise<void>
}

/** A token of a test buyer lasts an hour or longer: there is time to try again. */
const RENEW_MS = 20 * 60_000
const RETRY_MS = 10_000

export async function hireCrowd(operator: () => Promise<Operator>, count: number): Promise<Crowd> {
  const hire = async () => (await operator()).hireBuyers(count)
  let buyers: readonly Winner[] = await hire()
  let renewing: Promise<void> = Promise.resolve()
  let isClosed = false
  let timer = setTimeout(renew, RENEW_MS)

  function renew(): void {
    renewing = hire()
      .then(
        (fresh) => {
          buyers = fresh
          return RENEW_MS
        },
        () => RETRY_MS,
      )
      .then((pauseMs) => {
        if (!isClosed) timer = setTimeout(renew, pauseMs)
      })
  }

  return {
    pick: (random) => buyers[drawInteger(random, buyers.length)] as Winner,
    async close() {
      isClosed = true
      clearTimeout(timer)
      await renewing
    },
  }
}
