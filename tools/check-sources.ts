import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What CI refuses in any file of ours. Size: `style` aims for 150 lines, questions 300, refuses 500. */
const maxLines = 500
const root = join(import.meta.dirname, '..')
const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
})
  .toString()
  .split('\0')
const sources = files.filter((file) => /\.(ts|tsx|mjs|js)$/.test(file))

for (const file of sources) {
  const text = await readFile(join(root, file), 'utf8').catch(() => '')
  const lines = text.split('\n').length - 1
  if (lines > maxLines) complain(file, `${lines} lines; at most ${maxLines}`)
  if (/@ts-(ignore|nocheck)/.test(text) && !file.startsWith('tools/'))
    complain(file, 'switches the type check off')
  if (isServerCode(file) && /\.(selectFrom|insertInto|updateTable|deleteFrom)\(/.test(text)) {
    complain(file, 'SQL outside server/db and server/events')
  }
  if (isServer(file) && count(text, /new pg\.Client\(/g) > count(text, /\.on\('error'/g))
    complain(file, "a pg.Client without on('error'): a connection that is lost ends the process")
  if (/\b(it|test|describe)\.(only|skip|todo)\(/.test(text))
    complain(file, 'a test that is only, skipped or todo')
}

// A merge that was resolved in a hurry passes every other check.
for (const file of files.filter((name) => /\.(ts|tsx|mjs|js|css|md|json|ya?ml|sql)$/.test(name))) {
  const text = await readFile(join(root, file), 'utf8').catch(() => '')
  if (/^(<{7}|>{7}) /m.test(text)) complain(file, 'the marks of a merge conflict')
}

const styles = 'packages/web/src/styles'
const index = await readFile(join(root, styles, 'index.css'), 'utf8')
for (const file of files.filter((name) => name.startsWith(`${styles}/`) && name.endsWith('.css'))) {
  const name = file.slice(styles.length + 1)
  if (name !== 'index.css' && !index.includes(`@import "./${name}"`))
    complain(file, 'index.css does not import it')
}

function isServer(file: string): boolean {
  return file.startsWith('packages/server/src/') && !file.endsWith('.test.ts')
}

function count(text: string, what: RegExp): number {
  return text.match(what)?.length ?? 0
}

function isServerCode(file: string): boolean {
  if (!file.startsWith('packages/') || /\.test\.ts$|^packages\/testing\//.test(file)) return false
  return !/^packages\/server\/src\/(db|events)\//.test(file)
}

function complain(file: string, what: string): void {
  process.stderr.write(`${file}: ${what}\n`)
  process.exitCode = 1
}
