import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'

const FILES = {
  '/story': ['story.html', 'text/html; charset=utf-8'],
  '/story/story.css': ['story.css', 'text/css; charset=utf-8'],
  '/story/story.js': ['story.js', 'text/javascript; charset=utf-8'],
  '/story/time-scale.js': ['time-scale.js', 'text/javascript; charset=utf-8'],
} as const

const HEADERS = {
  // Nothing from elsewhere, nothing inline, and no form that leaves by itself: the token is in this page.
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-cache',
}

/** `/story`: a page that shows the story of an order; `/story#<orderId>` asks for it at once. */
export function storyPageRoutes(app: FastifyInstance): void {
  for (const [path, [name, type]] of Object.entries(FILES)) {
    const text = readFileSync(new URL(`../page/${name}`, import.meta.url), 'utf8')
    app.get(path, { schema: { hide: true } }, (_request, reply) =>
      reply.headers(HEADERS).type(type).send(text),
    )
  }
}
