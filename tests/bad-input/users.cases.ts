import { type BadCase, badBodies, badFields, missingFields, onRoute, unknownFields } from './case.ts'

const register = onRoute('POST /api/users')
const logIn = onRoute('POST /api/sessions')
const refresh = onRoute('POST /api/sessions/refresh')
const me = onRoute('GET /api/me')
const hire = onRoute('POST /api/operator/buyers', { as: 'operator' })

const NEW_USER = { email: 'bad-input@example.com', password: 'long enough', name: 'Somebody' }
const CREDENTIALS = { email: 'bad-input@example.com', password: 'long enough' }
const NOT_TEXT = ['1', 'null', 'true', '[]', '{}', '["a@b.de"]', '{"$ne":null}']
const text = (value: string) => JSON.stringify(value)

/** Accounts, sessions and test buyers. */
export const USER_CASES: readonly BadCase[] = [
  ...badBodies(register),
  ...missingFields(register, NEW_USER),
  ...unknownFields(register, NEW_USER, [
    'role',
    'userId',
    'isOperator',
    'passwordHash',
    '',
    'Email',
    'constructor',
  ]),
  ...badFields(register, NEW_USER, {
    email: [
      ...NOT_TEXT,
      ...['', ' ', 'nobody', '@example.com', 'a@', 'a@b', 'a b@c.de', 'a@b..de', 'a@-b.de', 'a@b.de.'].map(
        text,
      ),
      ...['<a@b.de>', 'a@b.de,c@d.de', 'a@b.de\n', 'a@b@c.de', 'ä@b.de', '😀@b.de', 'a@b.de\u202e'].map(text),
      ...['a\u0000@b.de', `${'a'.repeat(65)}@b.de`, `a@${'b'.repeat(250)}.de`, 'a@b.de\r\nbcc: c@d.de'].map(
        text,
      ),
      '"\\ud800@b.de"',
    ],
    password: [
      ...NOT_TEXT,
      ...['', '1234567', 'x'.repeat(129), 'long\u0000enough'].map(text),
      '"long\\udc00enough"',
    ],
    name: [
      ...NOT_TEXT,
      ...['', ' ', '\t', 'a\nb', 'a\u0000b', 'a\u007fb', '\u001b[31mred', 'x'.repeat(101)].map(text),
      ...['"\\ud83d"', '"a\\udc00b"'],
    ],
  }),
  register('an email that has an account', 'email_taken', {
    body: JSON.stringify({ ...NEW_USER, email: 'operator@stampede.local' }),
  }),
  register('an email that has an account, in other letters', 'email_taken', {
    body: JSON.stringify({ ...NEW_USER, email: 'OPERATOR@Stampede.Local' }),
  }),

  ...badBodies(logIn),
  ...missingFields(logIn, CREDENTIALS),
  ...unknownFields(logIn, CREDENTIALS, ['role', 'name', 'remember']),
  ...badFields(logIn, CREDENTIALS, {
    email: [...NOT_TEXT, '""', '"\\u0000"', '"\\ud800"', text('x'.repeat(255))],
    password: [...NOT_TEXT, '""', '"\\u0000"', '"\\udfff"', text('x'.repeat(129))],
  }),
  ...[
    { title: 'nobody’s email', email: 'nobody@example.com', password: 'operator' },
    { title: 'a wrong password', email: 'operator@stampede.local', password: 'Operator' },
    { title: 'a password with a space', email: 'operator@stampede.local', password: 'operator ' },
    { title: 'SQL for an email', email: `' OR role = 'operator' --`, password: 'operator' },
    { title: 'a pattern for an email', email: '%@stampede.local', password: 'operator' },
  ].map(({ title, ...credentials }) =>
    logIn(title, 'bad_credentials', { body: JSON.stringify(credentials) }),
  ),

  ...badBodies(refresh),
  ...missingFields(refresh, { refreshToken: 'x' }),
  ...unknownFields(refresh, { refreshToken: 'x' }, ['accessToken', 'userId']),
  ...badFields(
    refresh,
    { refreshToken: 'x' },
    {
      refreshToken: [...NOT_TEXT, '""', '"\\u0000"', '"\\ud800"', text('x'.repeat(513))],
    },
  ),
  ...['x', '0'.repeat(43), `${'a'.repeat(511)}=`, '😀', "' OR 1=1 --", '../../etc/passwd'].map(
    (refreshToken) =>
      refresh(`a token nobody gave: ${refreshToken.slice(0, 20)}`, 'unauthenticated', {
        body: JSON.stringify({ refreshToken }),
      }),
  ),

  me('without a token', 'unauthenticated'),
  hire('as nobody', 'unauthenticated', { as: 'nobody', body: '{"count":1}' }),
  hire('as a buyer', 'forbidden', { as: 'buyer', body: '{"count":1}' }),
  hire('as a buyer, with a bad body', 'forbidden', { as: 'buyer', body: '{' }),
  ...badBodies(hire),
  ...unknownFields(hire, { count: 1 }, ['role', 'password']),
  ...badFields(
    hire,
    { count: 1 },
    {
      count: [
        '0',
        '-1',
        '1.5',
        '10001',
        '9007199254740992',
        '1e308',
        '1e400',
        '"1"',
        'null',
        'true',
        '[]',
        '[1]',
        '{}',
      ],
    },
  ),
]
