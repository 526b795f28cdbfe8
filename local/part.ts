export type Role = 'engine' | 'service'

/** All it takes to run one process and to know that it serves. */
export interface PartSpec {
  readonly name: string
  readonly role: Role
  readonly url: string
  readonly file: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly user?: SystemUser | undefined
  /** Opens a channel whose end tells the child that the runner is gone. */
  readonly channel: boolean
  readonly stop: { readonly signal: NodeJS.Signals; readonly limitMs: number }
  /** Rejects as long as the part does not serve. */
  readonly check: () => Promise<void>
  readonly readyMs: number
  /**
   * Who has served and then does not for so long, though its process is there, is killed and started anew.
   */
  readonly hangMs?: number
}

export interface SystemUser {
  readonly uid: number
  readonly gid: number
}

export type PartState = 'starting' | 'ready' | 'paused' | 'down' | 'stopped'

export interface PartView {
  readonly pid: number | undefined
  readonly url: string
  readonly role: Role
  readonly state: PartState
  readonly restarts: number
}

/** Somebody is to be hit who is not there: nothing was done. */
export class NotRunning extends Error {}

/** What a runner may want to tell its user. */
export type Report = (line: PartEvent) => void

export interface PartEvent {
  readonly part: string
  readonly kind: 'set-up' | 'ready' | 'died' | 'back' | 'stopped'
  readonly text: string
}
