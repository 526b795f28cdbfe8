import { emailKey } from '../domain/email-key.ts'
import type { Accounts } from '../domain/ports.ts'
import type { Database } from './database-prisma.ts'

export function openAccounts(database: Database): Accounts {
  return {
    async add(account) {
      // Insert or nothing: the unique index on the key decides,
      // so there is no moment between a check and an act.
      const row = { ...account, emailKey: emailKey(account.email) }
      const { count } = await database.user.createMany({ data: [row], skipDuplicates: true })
      return count === 1 ? 'added' : 'taken'
    },

    async addTestBuyers(userIds) {
      // Raw, since thousands come at once: a third of the time and memory of createMany.
      await database.$executeRaw`
        INSERT INTO users (user_id, email, email_key, name)
        SELECT id, id || '@buyers.invalid', id || '@buyers.invalid', 'Test buyer'
        FROM unnest(${userIds}::uuid[]) AS id`
    },

    async find(userId) {
      const fields = { userId: true, email: true, name: true, role: true } as const
      return (await database.user.findUnique({ where: { userId }, select: fields })) ?? undefined
    },

    async findByEmail(email) {
      const fields = { userId: true, role: true, passwordHash: true } as const
      const where = { emailKey: emailKey(email) }
      return (await database.user.findUnique({ where, select: fields })) ?? undefined
    },

    async setPassword(userId, passwordHash) {
      await database.$transaction([
        database.user.update({ where: { userId }, data: { passwordHash } }),
        database.session.updateMany({ where: { userId, revokedAt: null }, data: { revokedAt: new Date() } }),
      ])
    },
  }
}
