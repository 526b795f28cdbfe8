/** A command line that cannot be used; the message says which part and why. */
export class UsageError extends Error {}

export interface Range {
  readonly fallback: number
  readonly min: number
  readonly max: number
}

/** A flag's whole number, or `fallback` when it was not given. Throws `UsageError`. */
export function readCount(name: string, text: string | undefined, { fallback, min, max }: Range): number {
  if (text === undefined) return fallback
  const value = Number(text)
  if (!/^\d{1,10}$/.test(text) || value < min || value > max) {
    throw new UsageError(`--${name} must be a whole number from ${min} to ${max}, not "${text}"`)
  }
  return value
}
