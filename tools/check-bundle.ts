import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'

/** The script that the dashboard's first page needs may have at most so many bytes, compressed by gzip. */
const maxBytes = 300_000

interface ManifestEntry {
  file: string
  isEntry?: boolean
  imports?: string[]
}

/** The files that a page loads before it shows anything: the entry and all that it imports, not what it loads later. */
export function initialFiles(manifest: Record<string, ManifestEntry>): string[] {
  const found = new Set<string>()
  const visit = (name: string) => {
    const entry = manifest[name]
    if (!entry || found.has(entry.file)) return
    found.add(entry.file)
    for (const next of entry.imports ?? []) visit(next)
  }
  for (const [name, entry] of Object.entries(manifest)) if (entry.isEntry) visit(name)
  return [...found]
}

/** Builds the dashboard aside and prints what its first load weighs; the exit code is 1 above the limit. */
async function main(): Promise<void> {
  const outDir = mkdtempSync(join(tmpdir(), 'signalbox-bundle-'))
  try {
    const root = join(import.meta.dirname, '../packages/web')
    await build({ root, logLevel: 'warn', build: { outDir, emptyOutDir: true, manifest: true } })
    const manifest: Record<string, ManifestEntry> = JSON.parse(
      readFileSync(join(outDir, '.vite/manifest.json'), 'utf8'),
    )
    const sizes = initialFiles(manifest)
      .map((file) => ({ file, bytes: gzipSync(readFileSync(join(outDir, file)), { level: 9 }).length }))
      .sort((a, b) => b.bytes - a.bytes)
    const total = sizes.reduce((sum, each) => sum + each.bytes, 0)
    for (const { file, bytes } of sizes) process.stdout.write(`  ${(bytes / 1000).toFixed(1)} kB  ${file}\n`)
    process.stdout.write(
      `first load: ${(total / 1000).toFixed(1)} kB of script, at most ${maxBytes / 1000} kB\n`,
    )
    if (total > maxBytes) process.exitCode = 1
  } finally {
    rmSync(outDir, { recursive: true, force: true })
  }
}

if (import.meta.main) await main()
