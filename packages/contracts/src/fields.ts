import Type from 'typebox'

// The building blocks of every schema. Strings refuse NUL and lone surrogates: Postgres cannot store the one,
// and UTF-8 cannot carry the other.

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}'

/** UUIDv7, lower case. */
export const Id = Type.String({ pattern: `^${UUID}$`, description: 'UUIDv7' })
/** RFC 3339 in UTC, at most milliseconds, a day that exists, e.g. `2026-11-21T10:00:00.000Z`. */
export const Time = Type.String({
  format: 'date-time',
  pattern: '^(?!0000)\\d{4}-\\d{2}-\\d{2}T([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,3})?Z$',
  description: 'RFC 3339, UTC',
})
/** Trace id: 32 hex digits. */
export const TraceId = Type.String({ pattern: '^[0-9a-f]{32}$' })
/** ISO 4217. */
export const Currency = Type.String({ pattern: '^[A-Z]{3}$', description: 'ISO 4217' })

/** A line of human text without control characters, `min` to `max` characters, not blank. */
export function Line(max: number, min = 1) {
  return Type.String({
    minLength: min,
    maxLength: max,
    pattern: '^(?=.*\\S)[^\\u0000-\\u001f\\u007f\\ud800-\\udfff]*$',
  })
}

export function Count(minimum: number, maximum: number) {
  return Type.Integer({ minimum, maximum })
}

export const strict = { additionalProperties: false } as const
