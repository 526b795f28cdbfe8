const HEADER = 'generation'

/** The headers of a message told into this log. The first one, of which nothing was ever lost, needs none. */
export function headersOf(generation = 1): { headers?: Record<string, string> } {
  return generation === 1 ? {} : { headers: { [HEADER]: String(generation) } }
}

interface Headed {
  readonly headers?: Readonly<Record<string, Buffer | string | (Buffer | string)[] | undefined>> | undefined
}

/** The latest log that any of the messages was told into; what cannot be read counts as the first. */
export function latestOf(messages: readonly Headed[]): number {
  let latest = 1
  for (const { headers } of messages) {
    const value = headers?.[HEADER]
    if (value === undefined || Array.isArray(value)) continue
    const text = value.toString()
    if (/^[1-9][0-9]{0,8}$/.test(text)) latest = Math.max(latest, Number(text))
  }
  return latest
}
