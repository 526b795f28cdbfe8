import type { FastifyInstance } from 'fastify'
import type { BookWatch } from './book-watch.ts'

/** `GET /internal/watch`: what the service measures of its books, and its alarms. */
export function routeWatch(app: FastifyInstance, watch: Pick<BookWatch, 'watched'>): void {
  app.get('/internal/watch', () => watch.watched)
}
