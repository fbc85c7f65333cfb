import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Failure } from '@signalbox/core/base/failure.ts'

const defaultFolder = fileURLToPath(new URL('./migrations/', import.meta.url))
const migrationFile = /^(\d{4})-[a-z0-9-]+\.ts$/

function template(name: string): string {
  return `import type { Kysely } from 'kysely'

/** What this changes and why. Forward and back, compatible with PostgreSQL 15; never edited once it landed. */
export async function up(_db: Kysely<never>): Promise<void> {
  throw new Error('${name} is not written yet')
}

export async function down(_db: Kysely<never>): Promise<void> {
  throw new Error('${name} is not written yet')
}
`
}

/**
 * Writes the next numbered migration and the list that carries it; the path of the new file.
 * `migration-name`: the name has no letter or digit. Works in a checkout, not in a bundle.
 */
export async function createMigration(name: string, folder = defaultFolder): Promise<string> {
  const slug = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 60)
  if (slug === '') {
    throw new Failure('migration-name', `"${name}" is no name for a migration.`, {
      hint: 'Say in a few words what it changes: npm run db:create-migration "add webhooks"',
    })
  }
  const files = await migrationFiles(folder)
  const last = Number(files.at(-1)?.slice(0, 4) ?? 0)
  const file = `${String(last + 1).padStart(4, '0')}-${slug}.ts`
  await writeFile(join(folder, file), template(file.slice(0, -3)), { flag: 'wx' })
  await writeFile(join(folder, 'all.ts'), migrationList([...files, file]))
  return join(folder, file)
}

/** The names of the migration files of a folder, in order. */
export async function migrationFiles(folder = defaultFolder): Promise<string[]> {
  return (await readdir(folder)).filter((file) => migrationFile.test(file)).sort()
}

/** The text of `all.ts` for these files. */
export function migrationList(files: string[]): string {
  const entries = files.map((file) => ({ key: file.slice(0, -3), name: importName(file), file }))
  return [
    '// Written by `npm run db:create-migration`: a static list, so that a bundle carries every migration.',
    "import type { Migration } from 'kysely/migration'",
    ...entries.map((entry) => `import * as ${entry.name} from './${entry.file}'`),
    '',
    "/** Every migration by its file's name, in order. */",
    'export const migrations: Record<string, Migration> = {',
    ...entries.map((entry) => `  '${entry.key}': ${entry.name},`),
    '}',
    '',
  ].join('\n')
}

/** `0002-add-webhooks.ts` becomes `m0002AddWebhooks`. */
function importName(file: string): string {
  return `m${file.slice(0, -3).replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())}`
}
