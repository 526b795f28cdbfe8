/** A request nobody should send, and the answer it must get. Raw `body` is sent as it is. */
export interface BadCase {
  readonly title: string
  readonly method?: string
  readonly path: string
  readonly body?: unknown
  readonly raw?: string
  readonly headers?: Record<string, string>
  readonly status: number
  readonly code: string
}

const INVALID = { status: 400, code: 'invalid_request' } as const
const person = { email: 'someone@example.com', password: 'long enough', name: 'Someone' }
const newUser = (title: string, change: object) =>
  ({
    title: `new user: ${title}`,
    path: '/internal/users',
    body: { ...person, ...change },
    ...INVALID,
  }) as const
const session = (title: string, change: object) =>
  ({
    title: `log-in: ${title}`,
    path: '/internal/sessions',
    body: { email: 'a@b.cc', password: 'x', ...change },
    ...INVALID,
  }) as const
const refresh = (title: string, body: unknown) =>
  ({ title: `refresh: ${title}`, path: '/internal/sessions/refresh', body, ...INVALID }) as const
const buyers = (title: string, body: unknown) =>
  ({ title: `buyers: ${title}`, path: '/internal/buyers', body, ...INVALID }) as const
const raw = (title: string, text: string) =>
  ({ title: `raw: ${title}`, path: '/internal/users', raw: text, ...INVALID }) as const

export const BAD_CASES: readonly BadCase[] = [
  newUser('no email', { email: undefined }),
  newUser('no password', { password: undefined }),
  newUser('no name', { name: undefined }),
  newUser('email is a number', { email: 7 }),
  newUser('email is null', { email: null }),
  newUser('email is a list', { email: ['someone@example.com'] }),
  newUser('email is empty', { email: '' }),
  newUser('email without @', { email: 'someone.example.com' }),
  newUser('email without a dot', { email: 'someone@localhost' }),
  newUser('email with a space', { email: 'some one@example.com' }),
  newUser('email with NUL', { email: 'some\u0000one@example.com' }),
  newUser('email with a line break', { email: 'someone@example.com\nbcc: all' }),
  newUser('email with a letter beyond ASCII', { email: 's\u00f6meone@example.com' }),
  newUser('email of 300 characters', { email: `${'a'.repeat(288)}@example.com` }),
  newUser('password of 7 characters', { password: '1234567' }),
  newUser('password of 129 characters', { password: 'p'.repeat(129) }),
  newUser('password with NUL', { password: 'long\u0000enough' }),
  newUser('password with a lone surrogate', { password: 'long enough \ud800' }),
  newUser('password is true', { password: true }),
  newUser('name is empty', { name: '' }),
  newUser('name is blank', { name: '   ' }),
  newUser('name of 101 characters', { name: 'n'.repeat(101) }),
  newUser('name with NUL', { name: 'Some\u0000one' }),
  newUser('name with a tab', { name: 'Some\tone' }),
  newUser('name with a lone surrogate', { name: 'Some\udfffone' }),
  newUser('name is an object', { name: { toString: 'x' } }),
  newUser('a role it may not choose', { role: 'operator' }),
  newUser('an id it may not choose', { userId: '01a1fde0-58bc-76ae-93bb-1fcd01f5da21' }),
  newUser('a hash it may not choose', { passwordHash: 'x' }),
  session('no email', { email: undefined }),
  session('no password', { password: undefined }),
  session('email is an object', { email: { $ne: '' } }),
  session('email is empty', { email: '' }),
  session('password is empty', { password: '' }),
  session('password is a number', { password: 12345678 }),
  session('password of 129 characters', { password: 'p'.repeat(129) }),
  session('email with NUL', { email: 'a\u0000@b.cc' }),
  session('password with NUL', { password: 'x\u0000' }),
  session('email with a lone surrogate', { email: '\ud800@b.cc' }),
  session('unknown field', { remember: true }),
  refresh('nothing', {}),
  refresh('token is empty', { refreshToken: '' }),
  refresh('token is a number', { refreshToken: 1 }),
  refresh('token is null', { refreshToken: null }),
  refresh('token of 513 characters', { refreshToken: 'r'.repeat(513) }),
  refresh('token with NUL', { refreshToken: 'r\u0000' }),
  refresh('unknown field', { refreshToken: 'r', userId: 'x' }),
  refresh('a list', ['r']),
  buyers('nothing', {}),
  buyers('none', { count: 0 }),
  buyers('less than none', { count: -1 }),
  buyers('too many', { count: 10_001 }),
  buyers('a part of one', { count: 1.5 }),
  buyers('as text', { count: '10' }),
  buyers('null', { count: null }),
  buyers('unknown field', { count: 1, role: 'operator' }),
  raw('empty', ''),
  raw('not JSON', '{'),
  raw('a string', '"x"'),
  raw('null', 'null'),
  raw('a prototype', `{"__proto__": {"role": "operator"}, ${JSON.stringify(person).slice(1)}`),
  raw('a constructor', `{"constructor": {"prototype": {}}, ${JSON.stringify(person).slice(1)}`),
  raw('5,000 deep', `${'['.repeat(5_000)}${']'.repeat(5_000)}`),
  {
    title: 'a body of 17 KiB',
    path: '/internal/users',
    body: { ...person, name: 'n'.repeat(17_000) },
    status: 413,
    code: 'body_too_large',
  },
  {
    title: 'a form',
    path: '/internal/sessions',
    raw: 'email=a',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    status: 415,
    code: 'unsupported_media_type',
  },
  { title: 'id: not an id', method: 'GET', path: '/internal/users/me', ...INVALID },
  { title: 'id: a number', method: 'GET', path: '/internal/users/1', ...INVALID },
  { title: 'id: SQL', method: 'GET', path: "/internal/users/1'%20OR%20'1'='1", ...INVALID },
  { title: 'id: NUL', method: 'GET', path: '/internal/users/%00', ...INVALID },
  {
    title: 'id: UUIDv4',
    method: 'GET',
    path: '/internal/users/9b2f0e4e-1c1d-4d2a-8d43-0b3c1f0e7a11',
    ...INVALID,
  },
  {
    title: 'id: of 200 characters',
    method: 'GET',
    path: `/internal/users/${'1'.repeat(200)}`,
    status: 404,
    code: 'not_found',
  },
  { title: 'a broken escape', method: 'GET', path: '/internal/users/%zz', status: 404, code: 'not_found' },
  { title: 'no such route', method: 'GET', path: '/internal/everybody', status: 404, code: 'not_found' },
  {
    title: 'a method without route',
    method: 'DELETE',
    path: '/internal/users',
    status: 404,
    code: 'not_found',
  },
]

/** Spellings of an internal route, and keys that are not the key: all must be refused. */
export const STRANGERS: readonly { readonly title: string; readonly path: string; readonly key?: string }[] =
  [
    { title: 'no key', path: '/internal/jwks' },
    { title: 'an empty key', path: '/internal/jwks', key: 'Bearer ' },
    { title: 'another key', path: '/internal/jwks', key: 'Bearer development-internal-kez' },
    { title: 'the key as Basic', path: '/internal/jwks', key: 'Basic development-internal-key' },
    { title: 'an escaped letter', path: '/%69nternal/jwks' },
    { title: 'an absolute URL', path: 'http://elsewhere/internal/jwks' },
    { title: 'a query', path: '/internal/jwks?x=/.well-known/jwks.json' },
  ]
