export type AttributeValue = string | number | undefined
export type Attributes = Readonly<Record<string, string | number | boolean>>

/** Whatever goes wrong with attributes, a metric has no more lines than this; what is more shares one. */
const LINES_MAX = 1_000
const OVERFLOW = { 'otel.metric.overflow': true }

interface Kept<L> {
  readonly attributes: Attributes
  readonly line: L
}

export interface LinesOptions<L> {
  /** Their names. */
  readonly attributes: readonly string[]
  readonly make: () => L
}

/** The lines of one metric, by the values of its attributes. */
export class Lines<L> {
  readonly #options: LinesOptions<L>
  readonly #lines = new Map<string, Kept<L>>()
  #overflow: Kept<L> | undefined

  constructor(options: LinesOptions<L>) {
    this.#options = options
  }

  /** The line of these values, in the order of the names. One that is undefined is not told. */
  at(...values: readonly AttributeValue[]): L {
    const key = values.join('\n')
    return (this.#lines.get(key) ?? this.#open(key, values)).line
  }

  all(): Kept<L>[] {
    return [...this.#lines.values(), ...(this.#overflow ? [this.#overflow] : [])]
  }

  #open(key: string, values: readonly AttributeValue[]): Kept<L> {
    const { attributes, make } = this.#options
    if (this.#lines.size >= LINES_MAX) {
      this.#overflow ??= { attributes: OVERFLOW, line: make() }
      return this.#overflow
    }
    const kept = { attributes: named(attributes, values), line: make() }
    this.#lines.set(key, kept)
    return kept
  }
}

/** Values under their names. */
export function named(names: readonly string[], values: readonly AttributeValue[]): Attributes {
  return Object.fromEntries(
    names.flatMap((name, i) => {
      const value = values[i]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}
