import { resourceFromAttributes } from '@opentelemetry/resources'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { Keeper, type KeeperOptions, keepWith } from '../src/tracing/spans.ts'

/** Keeps the spans of this process for a test to look at, until `keepWith(undefined)`. */
export function keepSpansHere(own: Partial<KeeperOptions> = {}): ReadableSpan[] {
  const spans: ReadableSpan[] = []
  const resource = resourceFromAttributes({ 'service.name': 'test' })
  const take = (span: ReadableSpan) => void spans.push(span)
  keepWith(new Keeper({ resource, take, slowMs: 60_000, tailPerSecondMax: 100, ...own }))
  return spans
}
