import Type, { type Static } from 'typebox'
import { Count, Id, Line, strict } from './fields.ts'

const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?'

export const Email = Type.String({
  maxLength: 254,
  pattern: `^[A-Za-z0-9.!#$%&*+/=?^_{|}~-]{1,64}@${LABEL}(?:\\.${LABEL})+$`,
})
/** Text that can be stored and hashed: no NUL, no lone surrogates. */
const STORABLE = '^[^\\u0000\\ud800-\\udfff]*$'
const Password = Type.String({ minLength: 8, maxLength: 128, pattern: STORABLE })

export const NewUser = Type.Object({ email: Email, password: Password, name: Line(100) }, strict)
export type NewUser = Static<typeof NewUser>

/** No other rules on form here: a wrong password is a wrong password, however it looks. */
export const Credentials = Type.Object(
  {
    email: Type.String({ minLength: 1, maxLength: 254, pattern: STORABLE }),
    password: Type.String({ minLength: 1, maxLength: 128, pattern: STORABLE }),
  },
  strict,
)
export type Credentials = Static<typeof Credentials>

export const RefreshRequest = Type.Object(
  { refreshToken: Type.String({ minLength: 1, maxLength: 512, pattern: STORABLE }) },
  strict,
)
export type RefreshRequest = Static<typeof RefreshRequest>

/** `expiresIn` in seconds, of the access token. */
export const Session = Type.Object({
  accessToken: Type.String(),
  refreshToken: Type.String(),
  expiresIn: Type.Integer(),
})
export type Session = Static<typeof Session>

export const ROLES = ['buyer', 'operator'] as const
export type Role = (typeof ROLES)[number]

export const User = Type.Object({
  userId: Id,
  email: Type.String(),
  name: Type.String(),
  role: Type.Enum([...ROLES]),
})
export type User = Static<typeof User>

export const NewBuyers = Type.Object({ count: Count(1, 10_000) }, strict)
export type NewBuyers = Static<typeof NewBuyers>

export const Buyers = Type.Object({
  buyers: Type.Array(Type.Object({ userId: Id, accessToken: Type.String() })),
})
export type Buyers = Static<typeof Buyers>

/** What an access token says (EdDSA JWT): the gateway asks nobody else who you are. Times in seconds. */
export interface TokenClaims {
  readonly iss: 'stampede'
  readonly aud: 'stampede-api'
  readonly sub: string
  readonly role: Role
  readonly iat: number
  readonly exp: number
  readonly jti: string
}
