import { createHash } from 'node:crypto'
import { stdSerializers } from 'pino'

type Fields = Record<string, unknown>

const REDACTED = '[redacted]'
/** Without `-` and `_`, in small letters: `set-cookie`, `Authorization`, `access_token`. */
const SECRETS = new Set([
  ...['authorization', 'cookie', 'setcookie', 'password', 'email', 'phone', 'secret'],
  ...['accesstoken', 'refreshtoken', 'xtracekey'],
])
const KEY = 'idempotencykey'
const PRINT_DIGITS = 16
/** What lies deeper is not told at all: nobody has looked at it. */
const DEPTH_MAX = 4

/**
 * The fields of a log line without secrets and personal data, and errors in short; themselves if they hold
 * neither. An idempotency key is told by its print, so that lines with the same one can still be found. Names
 * decide, so what is in a text stays. By hand, for the logger's own redaction costs 36 µs a line.
 */
export function redact(fields: Fields): Fields {
  return redactIn(fields, 1) as Fields
}

function redactIn(fields: Fields, depth: number): Fields {
  let clean: Fields | undefined
  for (const name in fields) {
    const value = fields[name]
    const told = isSecret(name) ? REDACTED : isKey(name) ? printOf(value) : redactOne(value, depth)
    if (told === value) continue
    clean ??= { ...fields }
    clean[name] = told
  }
  return clean ?? fields
}

function redactOne(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Error) return describeError(value)
  if (depth === DEPTH_MAX) return REDACTED
  if (Array.isArray(value)) return value.map((each) => redactOne(each, depth + 1))
  return redactIn(value as Fields, depth + 1)
}

/** What database drivers hang on their errors (`detail`, `meta`) holds the values of whole rows. */
function describeError(error: Error) {
  const { type, message, stack, code, constraint } = stdSerializers.err(error)
  return { type, message, stack, code, constraint }
}

function printOf(value: unknown): string {
  return createHash('sha256').update(String(value)).digest('hex').slice(0, PRINT_DIGITS)
}

const isSecret = (name: string) => SECRETS.has(plainName(name))
const isKey = (name: string) => plainName(name) === KEY

const plainNames = new Map<string, string>()
const NAMES_MAX = 1_000

/** Lines are made of few names: each is looked at once. */
function plainName(name: string): string {
  let plain = plainNames.get(name)
  if (plain === undefined) {
    plain = name.toLowerCase().replaceAll(/[-_]/g, '')
    if (plainNames.size < NAMES_MAX) plainNames.set(name, plain)
  }
  return plain
}
