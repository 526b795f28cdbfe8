import { FUNCTION_RESULTS, type FunctionName, type FunctionResults } from '@stampede/contracts/functions'
import Schema from 'typebox/compile'

const CHARS_MAX = 16_384
const VALIDATORS = {
  coupon: Schema(FUNCTION_RESULTS.coupon),
  points: Schema(FUNCTION_RESULTS.points),
  notification: Schema(FUNCTION_RESULTS.notification),
}

/** What a function gave back, as JSON: its result, or why it is none. */
export function checkResult(
  name: FunctionName,
  text: string,
): { readonly result: FunctionResults[FunctionName] } | { readonly failed: string } {
  if (text.length > CHARS_MAX)
    return { failed: `returned ${text.length} characters; ${CHARS_MAX} are allowed` }
  const result: unknown = JSON.parse(text)
  const validator = VALIDATORS[name]
  if (validator.Check(result)) return { result }
  const [first] = validator.Errors(result)
  return {
    failed: `returned what is no result: ${first?.instancePath || '/'} ${first?.message ?? 'is wrong'}`,
  }
}
