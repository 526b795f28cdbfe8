import { diag } from '@opentelemetry/api'

/** What was done stays done: an error in telling of it is a bug of the telling, and reported as such. */
export function quietly(tell: () => void): void {
  try {
    tell()
  } catch (error) {
    diag.error('a hop could not be told of', error)
  }
}
