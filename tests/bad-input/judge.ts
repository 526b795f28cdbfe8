import { PROBLEMS, type Problem, type ProblemCode } from '@stampede/contracts/problems'
import type { WireAnswer } from './ask.ts'

const FIELDS = new Set(['type', 'title', 'status', 'detail', 'code', 'traceId', 'errors'])
/** Nothing of our inside may show: stacks, modules, statements, other services. */
const LEAKS = /node_modules|\.ts:\d|\bat \w+ \(|select |insert |prisma|postgres|redis|kafka|127\.0\.0\.1/i

/** What is wrong with a refusal: nothing, if it is the problem document that the contract promises. */
export function judgeRefusal(answer: WireAnswer, code: ProblemCode, field?: string): string[] {
  const { status, headers, text } = answer
  const wanted = PROBLEMS[code].status
  if (status !== wanted) return [`${status} for ${wanted} ${code}: ${text.slice(0, 200)}`]
  const told = readProblem(text)
  if (!told) return [`no problem document: ${text.slice(0, 200)}`]
  const faults = []
  if (told.code !== code) faults.push(`code ${told.code} for ${code}`)
  if (told.status !== status || typeof told.title !== 'string' || typeof told.type !== 'string')
    faults.push('its shape')
  if (!/^application\/problem\+json\b/.test(headers.get('content-type') ?? ''))
    faults.push('its content-type')
  if (!/^[0-9a-f]{32}$/.test(told.traceId)) faults.push(`traceId ${told.traceId}`)
  if (headers.get('x-trace-id') !== told.traceId) faults.push(`x-trace-id ${headers.get('x-trace-id')}`)
  const strangers = Object.keys(told).filter((name) => !FIELDS.has(name))
  if (strangers.length > 0) faults.push(`says more: ${strangers}`)
  if (LEAKS.test(text)) faults.push(`shows our inside: ${text.slice(0, 200)}`)
  const paths = told.errors?.map(({ path }) => path) ?? []
  if (field !== undefined && !paths.includes(field)) faults.push(`names ${paths} for ${field}`)
  return faults
}

function readProblem(text: string): Problem | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Problem) : undefined
  } catch {
    return undefined
  }
}
