const OPEN_MS = 10_000

export interface Stream<T> {
  /** The data of all events so far. */
  readonly told: readonly T[]
  leave(): void
}

/** Follows a stream of Server-Sent Events of the public API until one leaves it. */
export async function openStream<T>(url: string, token?: string): Promise<Stream<T>> {
  const leaving = new AbortController()
  const late = setTimeout(() => leaving.abort(), OPEN_MS)
  const headers = { ...(token !== undefined && { authorization: `Bearer ${token}` }) }
  const answer = await fetch(url, { headers, signal: leaving.signal })
  clearTimeout(late)
  if (answer.status !== 200) throw new Error(`${url} answers ${answer.status} ${await answer.text()}`)
  const told: T[] = []
  async function read(): Promise<void> {
    let rest = ''
    const decoder = new TextDecoder()
    for await (const part of answer.body as ReadableStream<Uint8Array>) {
      const events = (rest + decoder.decode(part, { stream: true })).split('\n\n')
      rest = events.pop() ?? ''
      for (const event of events) {
        const data = /^data: (.*)$/m.exec(event)?.[1]
        if (data !== undefined) told.push(JSON.parse(data) as T)
      }
    }
  }
  // It ends when we leave it, or when the gateway does: what was told by then is what counts.
  read().catch(() => undefined)
  return { told, leave: () => leaving.abort() }
}
