import type { ProblemCode } from '@stampede/contracts/problems'

/** A request that must be refused, and how. */
export interface BadCase {
  /** Method and path of the route it is about. */
  readonly route: string
  readonly title: string
  readonly method: string
  /** May hold `:sale`, `:order` (the buyer's own) and `:foreign` (another buyer's order). */
  readonly path: string
  readonly as: Asker
  /** Header lines besides host, authorization, idempotency-key and what a body needs. */
  readonly headers: readonly string[]
  readonly type: string | undefined
  readonly body: string | undefined
  readonly code: ProblemCode
  /** The bad field, where the answer must name it. */
  readonly field: string | undefined
}

export type Asker = 'nobody' | 'buyer' | 'operator'

type Parts = Partial<Omit<BadCase, 'route' | 'title' | 'code'>>

const JSON_TYPE = 'application/json'
const PLAIN = { method: 'GET', as: 'nobody', headers: [], body: undefined, field: undefined } as const

/** Makes cases for one route; what all of them share is said once. */
export function onRoute(route: string, shared: Parts = {}) {
  const [method = 'GET', path = '/'] = route.split(' ')
  return (title: string, code: ProblemCode, parts: Parts = {}): BadCase => {
    const merged = { ...PLAIN, method, path, ...shared, ...parts }
    const type = 'type' in merged ? merged.type : merged.body === undefined ? undefined : JSON_TYPE
    return { ...merged, type, route, title, code }
  }
}

/**
 * A case for each JSON text that must not stand in a field of an otherwise sound body. The body is put
 * together as text, since many of these texts mean nothing to JSON.stringify.
 */
export function badFields(
  bad: ReturnType<typeof onRoute>,
  sound: Readonly<Record<string, unknown>>,
  fields: Readonly<Record<string, readonly string[]>>,
): BadCase[] {
  return Object.entries(fields).flatMap(([field, texts]) =>
    texts.map((text) => {
      const { [field]: _replaced, ...rest } = sound
      const others = JSON.stringify(rest).slice(1, -1)
      const body = `{${others}${others && ','}${JSON.stringify(field)}:${text}}`
      return bad(`${field} ${brief(text)}`, 'invalid_request', { body, field: `/${field}` })
    }),
  )
}

/** A case for each field that is not there and must be. */
export function missingFields(
  bad: ReturnType<typeof onRoute>,
  sound: Readonly<Record<string, unknown>>,
): BadCase[] {
  return Object.keys(sound).map((field) => {
    const { [field]: _missing, ...rest } = sound
    return bad(`without ${field}`, 'invalid_request', { body: JSON.stringify(rest), field: `/${field}` })
  })
}

/** A case for each field that nobody asked for. */
export function unknownFields(
  bad: ReturnType<typeof onRoute>,
  sound: Readonly<Record<string, unknown>>,
  fields: readonly string[],
): BadCase[] {
  return fields.map((field) => {
    const body = JSON.stringify({ ...sound, [field]: 1 })
    return bad(`with ${field}`, 'invalid_request', { body, field: `/${field}` })
  })
}

/** Bodies that are no JSON object, or are more than that; the same for every route that takes a body. */
export function badBodies(bad: ReturnType<typeof onRoute>): BadCase[] {
  const invalid = BODIES.map((body) => bad(`body ${brief(body)}`, 'invalid_request', { body }))
  const types = TYPES.map((type) =>
    bad(`as ${type ?? 'nothing'}`, 'unsupported_media_type', { body: '{}', type }),
  )
  const large = bad('16 KiB and one byte', 'body_too_large', { body: `"${'x'.repeat(16 * 1024 - 1)}"` })
  return [...invalid, ...types, large]
}

const BODIES = [
  '',
  ' ',
  'null',
  'true',
  '1',
  '"{}"',
  '[]',
  '[{}]',
  '{',
  '}',
  '{}{}',
  '{"a":1,}',
  "{'a':1}",
  '{a:1}',
  '{"a":NaN}',
  '{"a":undefined}',
  '{"a":01}',
  '{"a":"\n"}',
  '// nothing\n{}',
  '{"__proto__":{"role":"operator"}}',
  '{"constructor":{"prototype":{"role":"operator"}}}',
  '\u0000',
  '\ufffe{}',
  `${'['.repeat(8000)}${']'.repeat(8000)}`,
  `${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}`,
]

const TYPES = [
  undefined,
  'text/plain',
  'text/html',
  'application/xml',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/jsonp',
  'application/json-patch+json',
  'json',
  '*/*',
]

function brief(text: string): string {
  const shown = text.length > 60 ? `${text.slice(0, 40)}… (${text.length} characters)` : text
  return JSON.stringify(shown)
}
