import { type Logger, pino, stdSerializers, stdTimeFunctions } from 'pino'

export type Log = Logger

/** JSON lines on stdout. Secrets and personal data never leave the process. */
export function openLog(service: string, level: string): Log {
  return pino({
    level,
    base: { service },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: describeError },
    redact: [
      'authorization',
      'cookie',
      'password',
      'email',
      '*.authorization',
      '*.cookie',
      '*.password',
      '*.email',
    ],
  })
}

/**
 * An error as we log it: what database drivers hang on
 * theirs (`detail`, `meta`) holds the values of whole rows.
 */
function describeError(error: unknown) {
  if (!(error instanceof Error)) return error
  const { type, message, stack, code, constraint } = stdSerializers.err(error)
  return { type, message, stack, code, constraint }
}
