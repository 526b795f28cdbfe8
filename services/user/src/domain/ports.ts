import type { NewUser, Role, User } from '@stampede/contracts/users'

/** An account as the log-in needs it. No `passwordHash`: nobody can log in to it. */
export interface Account {
  readonly userId: string
  readonly role: Role
  readonly passwordHash: string | null
}

export interface NewAccount extends Omit<NewUser, 'password'> {
  readonly userId: string
  readonly role: Role
  readonly passwordHash: string
}

export interface Accounts {
  /** Decides races for an email, in any spelling: one wins. */
  add(account: NewAccount): Promise<'added' | 'taken'>
  /** Adds accounts of buyers that have no password. */
  addTestBuyers(userIds: readonly string[]): Promise<void>
  find(userId: string): Promise<User | undefined>
  findByEmail(email: string): Promise<Account | undefined>
  /** Also ends the account's sessions. */
  setPassword(userId: string, passwordHash: string): Promise<void>
}

export interface Passwords {
  hash(password: string): Promise<{ readonly hash: string } | 'overloaded'>
  /** Without a hash it is `wrong` all the same, and takes as long to say so. */
  verify(hash: string | null, password: string): Promise<'right' | 'wrong' | 'overloaded'>
}

export type Rotation =
  | { readonly refreshToken: string; readonly userId: string; readonly role: Role }
  /** The token was used before, or another of its family was: none of the family works any more. */
  | 'reused'
  /** Never given out, or too old. */
  | 'unknown'

export interface Sessions {
  /** Begins a family; answers its first refresh token. */
  open(userId: string): Promise<string>
  /** Trades a refresh token for the next of its family. A token works once, however many try it together. */
  rotate(refreshToken: string): Promise<Rotation>
}

export interface Tokens {
  /** An access token, valid for `seconds` from now. */
  sign(who: { readonly userId: string; readonly role: Role }, seconds: number): string
}
