import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')
const web = join(root, 'packages/web/src')

/** What a module loads when it runs: imports of types alone are gone by then. */
function loads(text: string): string[] {
  const imports = text.matchAll(/^import\s+(?!type\b)(?:([^'"]*?)\sfrom\s+)?['"]([^'"]+)['"]/gm)
  return [...imports].flatMap(([, names = '', from = '']) => {
    const listed = /^\{([^}]*)\}$/s.exec(names.trim())?.[1]
    const values = listed?.split(',').filter((name) => name.trim() !== '' && !/^\s*type\s/.test(name))
    return values === undefined || values.length > 0 ? [from] : []
  })
}

/** Whether a module of core brings zod along, itself or by what it loads. */
async function bringsZod(path: string): Promise<boolean> {
  for (const from of loads(await readFile(path, 'utf8'))) {
    if (from === 'zod') return true
    if (from.startsWith('.') && (await bringsZod(join(path, '..', from)))) return true
  }
  return false
}

test('the dashboard loads nothing of the contract that brings zod along', async () => {
  const files = await readdir(web, { recursive: true })
  const found: string[] = []
  for (const file of files.filter((name) => /\.tsx?$/.test(name) && !/^dev\/|\.test\./.test(name))) {
    for (const from of loads(await readFile(join(web, file), 'utf8'))) {
      const path = from.startsWith('@signalbox/core/') ? from.slice('@signalbox/core/'.length) : undefined
      if (path && (await bringsZod(join(root, 'packages/core/src', path)))) found.push(`${file} → ${from}`)
    }
  }
  // It weighs 60 kB, and tries at each load whether code may be made of text, which the page's policy forbids.
  expect(found).toEqual([])
})
