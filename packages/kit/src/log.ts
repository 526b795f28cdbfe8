import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino'
import { redact } from './redact.ts'

export type Log = Logger

/**
 * JSON lines on stdout. Secrets and personal data never leave the process: what a field with such a name
 * holds is taken out, and nothing a user has written may stand in a message. A line about one request, order,
 * event or call names its trace as `traceId`; one about many has none.
 */
export function openLog(service: string, level: string, to: DestinationStream = pino.destination(1)): Log {
  return pino(
    {
      level,
      base: { service },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: redact },
      // Described already, and pino would describe it once more.
      serializers: { err: (described) => described },
      hooks: { streamWrite: escapeUnseen },
    },
    to,
  )
}

// JSON leaves these as they are: terminals obey some, and others end a line or turn what follows around.
const UNSEEN = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

function escapeUnseen(line: string): string {
  return line.replace(UNSEEN, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
