import { setTimeout as sleep } from 'node:timers/promises'
import { until, type World } from './stand-ins.ts'

export interface Told {
  readonly event: string
  readonly id: string
  // biome-ignore lint/suspicious/noExplicitAny: tests read what they expect to be there
  readonly data: any
}

export interface Reader {
  readonly status: number
  readonly headers: Headers
  /** Of an answer that is no stream. */
  readonly text: string
  readonly events: readonly Told[]
  readonly beats: number
  readonly over: boolean
  /** Waits for so many events, at most as long as `until` does; the last of them. */
  told(count: number): Promise<Told>
  leave(): void
}

/** Opens a stream as a client would, and reads it until the test leaves it or it ends. */
export async function read(
  world: World,
  path: string,
  headers: Record<string, string> = {},
): Promise<Reader> {
  const leaving = new AbortController()
  const answer = await fetch(world.gateway.url + path, { headers, signal: leaving.signal })
  const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream') === true
  const events: Told[] = []
  const reader = { beats: 0, over: false }
  async function follow(): Promise<void> {
    let rest = ''
    const decoder = new TextDecoder()
    for await (const part of answer.body as ReadableStream<Uint8Array>) {
      const parts = (rest + decoder.decode(part, { stream: true })).split('\n\n')
      rest = parts.pop() ?? ''
      for (const each of parts) {
        if (each === ': beat') reader.beats++
        else if (each.startsWith('event: ')) events.push(parse(each))
      }
    }
  }
  if (isStream)
    void follow().then(
      () => (reader.over = true),
      () => (reader.over = true),
    )
  return {
    ...{ status: answer.status, headers: answer.headers, events },
    text: isStream ? '' : await answer.text(),
    get beats() {
      return reader.beats
    },
    get over() {
      return reader.over
    },
    async told(count) {
      await until(() => events.length >= count)
      return events[count - 1] as Told
    },
    leave: () => leaving.abort(),
  }
}

function parse(text: string): Told {
  const fields = Object.fromEntries(text.split('\n').map((line) => line.split(/: (.*)/s)))
  return { event: fields.event, id: fields.id, data: JSON.parse(fields.data) }
}

/** Long enough for what should not come to have come. */
export const quiet = (ms = 400) => sleep(ms)
