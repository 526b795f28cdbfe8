/** A planted defect: a guard of the house taken out, and the test that must miss it. */
export interface Mutant {
  /** What is broken, in a few words; unique. */
  readonly name: string
  /** Whose promise is broken: a row of the table in docs/architecture.md, in its words or shorter. */
  readonly promise: string
  /** All of them together are the one defect. */
  readonly edits: readonly Edit[]
  readonly caughtBy: TestName
}

export interface Edit {
  readonly file: string
  /** Occurs exactly once in the file. As short as may be, so that it survives changes nearby. */
  readonly text: string
  readonly put: string
}

/** A test file and the full title of one test in it. */
export interface TestName {
  readonly file: string
  readonly test: string
}
