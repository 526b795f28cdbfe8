import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import * as engine from '@prisma/schema-engine-wasm/schema_engine_bg'
import pg from 'pg'
import type { MigrationOrder } from './migrate.ts'

// Node has WebAssembly; its type declarations do not.
declare const WebAssembly: {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: Record<string, unknown> } }>
}

const [order] = await once(process, 'message')
await applyMigrations(order as MigrationOrder)
process.exit()

async function applyMigrations({ url, schema, prismaDir }: MigrationOrder): Promise<void> {
  await loadEngine()
  const datamodel = await readFile(join(prismaDir, 'schema.prisma'), 'utf8')
  // The engine's connections are ours to end: it leaves its
  // lock on them, and the next service would wait for it.
  const connections = new pg.Pool({ connectionString: url, options: `-c search_path=${schema}`, max: 2 })
  const bound = bindMigrationAwareSqlAdapterFactory(new PrismaPg(connections, { schema }))
  const run = await engine.SchemaEngine.new(
    { datamodels: [['schema.prisma', datamodel]] },
    () => undefined,
    bound,
  )
  try {
    await run.applyMigrations({
      migrationsList: await readMigrations(join(prismaDir, 'migrations')),
      filters: { externalTables: [], externalEnums: [] },
    })
  } finally {
    run.free()
    await connections.end()
  }
}

async function readMigrations(baseDir: string) {
  const entries = await readdir(baseDir, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  const migrationDirectories = await Promise.all(
    names.toSorted().map(async (path) => {
      const value = await readFile(join(baseDir, path, 'migration.sql'), 'utf8')
      return { path, migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value } } }
    }),
  )
  const lockfile = { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' }
  return { baseDir, lockfile, shadowDbInitScript: '', migrationDirectories }
}

async function loadEngine(): Promise<void> {
  const glue = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg')
  const bytes = await readFile(glue.replace(/\.js$/, '.wasm'))
  const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': engine })
  engine.__wbg_set_wasm(instance.exports)
  ;(instance.exports['__wbindgen_start'] as () => void)()
}
