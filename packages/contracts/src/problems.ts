/** Every error a client can meet: its stable code, HTTP status and title (RFC 9457). The one catalogue. */
export const PROBLEMS = {
  invalid_request: { status: 400, title: 'The request is not valid' },
  idempotency_key_missing: { status: 400, title: 'The Idempotency-Key header is missing' },
  unauthenticated: { status: 401, title: 'A valid access token is needed' },
  bad_credentials: { status: 401, title: 'Wrong email or password' },
  signature_invalid: { status: 401, title: 'The signature does not fit what was signed' },
  signature_expired: { status: 401, title: 'The signature is older or newer than five minutes' },
  token_reused: { status: 401, title: 'This refresh token was used before; its family is revoked' },
  forbidden: { status: 403, title: 'Your role may not do this' },
  not_found: { status: 404, title: 'There is no such thing here' },
  method_not_allowed: { status: 405, title: 'This method is not allowed here' },
  request_timeout: { status: 408, title: 'The request did not arrive in time' },
  email_taken: { status: 409, title: 'This email is registered already' },
  sold_out: { status: 409, title: 'Sold out' },
  limit_reached: { status: 409, title: 'You have reached the limit per buyer' },
  not_open: { status: 409, title: 'The sale is not open' },
  not_cancellable: { status: 409, title: 'This order can no longer be cancelled' },
  not_payable: { status: 409, title: 'This order cannot be paid now' },
  not_refundable: { status: 409, title: 'This order cannot be refunded' },
  not_replayable: { status: 409, title: 'The dead letter failed again, or was replayed before' },
  not_changeable: { status: 409, title: 'The sale does not allow this change now' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'Send JSON' },
  idempotency_key_reused: { status: 422, title: 'This Idempotency-Key was used with another body' },
  function_failed: { status: 422, title: 'The function did not succeed with this event' },
  quota_exceeded: { status: 429, title: 'Too many requests' },
  headers_too_large: { status: 431, title: 'The headers are too large' },
  internal: { status: 500, title: 'Something went wrong on our side' },
  overloaded: { status: 503, title: 'Too busy right now' },
  gate_closed: { status: 503, title: 'The sale is being checked and opens again in a moment' },
  unavailable: { status: 503, title: 'A part of the system does not answer right now' },
  deadline_exceeded: { status: 504, title: 'No answer in time; repeating with the same key is safe' },
} as const

export type ProblemCode = keyof typeof PROBLEMS

/**
 * One bad field of a request. `path` is a JSON pointer
 * into the body, or `header/...`, `query/...`, `path/...`.
 */
export interface FieldError {
  readonly path: string
  readonly message: string
}

/** The body of every error answer, `application/problem+json`. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: ProblemCode
  readonly detail?: string
  readonly traceId: string
  readonly errors?: readonly FieldError[]
}

export function problem(
  code: ProblemCode,
  traceId: string,
  more: Partial<Pick<Problem, 'detail' | 'errors'>> = {},
): Problem {
  const { status, title } = PROBLEMS[code]
  return { type: `urn:stampede:problem:${code}`, title, status, code, ...more, traceId }
}
