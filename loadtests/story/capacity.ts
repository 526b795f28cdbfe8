/** What is assumed of a day, beside what was measured. All are the reader's to change. */
export interface Assumptions {
  /** The share of a day's users who come to the sale, 0 to 1. */
  readonly shareAtSale: number
  /** Attempts each of them makes. */
  readonly attemptsEach: number
  /** In this time the sale is decided: its attempts come within it. */
  readonly rushSeconds: number
  /** The fullest second of the rush to its mean one. */
  readonly peakToAverage: number
}

export const ASSUMPTIONS: Assumptions = {
  shareAtSale: 0.1,
  attemptsEach: 3,
  rushSeconds: 60,
  peakToAverage: 5,
}

/**
 * How many daily active users a rate carries: the fullest second asks for exactly that rate. Throws when the
 * figures make no sense: a share outside 0 to 1, or anything that is not above nought.
 */
export function dailyUsers(attemptsPerSecond: number, assumed: Assumptions = ASSUMPTIONS): number {
  const { shareAtSale, attemptsEach, rushSeconds, peakToAverage } = assumed
  const parts = [shareAtSale, attemptsEach, rushSeconds, peakToAverage]
  if (!parts.every((part) => part > 0) || shareAtSale > 1 || !(attemptsPerSecond >= 0)) {
    throw new RangeError(`no day looks like this: ${JSON.stringify({ attemptsPerSecond, ...assumed })}`)
  }
  const attemptsInRush = (attemptsPerSecond / peakToAverage) * rushSeconds
  return attemptsInRush / attemptsEach / shareAtSale
}

/** 12,345 → `12K`: as exact as such an estimate can be. */
export function formatUsers(users: number): string {
  if (users < 1000) return String(Math.round(users))
  return users < 10_000
    ? `${(users / 1000).toFixed(1)}K`
    : `${Math.round(users / 1000).toLocaleString('en-US')}K`
}

/** The assumptions as a sentence, to stand beside the numbers. */
export function describeAssumptions(assumed: Assumptions = ASSUMPTIONS): string {
  const { shareAtSale, attemptsEach, rushSeconds, peakToAverage } = assumed
  return [
    `Daily users = attempts/s × ${rushSeconds} s ÷ ${peakToAverage} ÷ ${attemptsEach} ÷ ${shareAtSale}:`,
    `${Math.round(shareAtSale * 100)} % of a day’s users come to the sale, each tries ${attemptsEach} times,`,
    `all within ${rushSeconds} s, and the fullest second is ${peakToAverage} times the mean one.`,
    'Assumed, not measured.',
  ].join(' ')
}
