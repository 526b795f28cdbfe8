import type { TestEvent } from 'node:test/reporters'

/** What a test came to, as one line of JSON. Suites are left out: their tests speak for them. */
export interface Verdict {
  readonly test: string
  readonly ok: boolean
  /** Why it failed; empty when it passed. */
  readonly why: string
}

/** For `node --test-reporter`, which asks for a default export. */
// biome-ignore lint/style/noDefaultExport: Node takes a reporter no other way
export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue
    const { name, details } = event.data
    if (details.type === 'suite') continue
    const verdict: Verdict = {
      test: name,
      ok: event.type === 'test:pass',
      why: 'error' in details ? whyOf(details.error) : '',
    }
    yield `${JSON.stringify(verdict)}\n`
  }
}

/** The message with those it was caused by: the test runner wraps what a test threw. */
function whyOf(error: unknown): string {
  const parts: string[] = []
  for (let each = error; each instanceof Error && parts.length < 5; each = each.cause)
    parts.push(each.message)
  return parts.join(' < ').slice(0, 2_000)
}
