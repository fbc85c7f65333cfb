import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { compressDashboard } from './compress-dashboard.ts'

test('scripts, styles and pages get a smaller form of the same content; the rest stays alone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-compress-'))
  try {
    const text = 'export const a = 1\n'.repeat(500)
    await mkdir(join(folder, 'assets'))
    for (const [path, content] of [
      ['index.html', text],
      ['assets/a.js', text],
      ['assets/small.js', 'a'],
      ['assets/font.woff2', text],
    ] as const) {
      await writeFile(join(folder, path), content)
    }
    await compressDashboard(folder)
    expect((await readdir(join(folder, 'assets'))).sort()).toEqual([
      'a.js',
      'a.js.br',
      'a.js.gz',
      'font.woff2',
      'small.js',
    ])
    const br = await readFile(join(folder, 'assets/a.js.br'))
    expect(br.length).toBeLessThan(text.length / 10)
    expect(brotliDecompressSync(br).toString()).toBe(text)
    expect(gunzipSync(await readFile(join(folder, 'index.html.gz'))).toString()).toBe(text)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
