import { type Logger, pino, stdTimeFunctions } from 'pino'

export type Log = Logger

/** JSON lines on stdout. Secrets and personal data never leave the process. */
export function openLog(service: string, level: string): Log {
  return pino({
    level,
    base: { service },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: ['authorization', 'cookie', 'password', 'email', '*.authorization', '*.cookie', '*.password', '*.email'],
  })
}
