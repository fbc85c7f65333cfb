import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { extract, pack } from 'tar-stream'
import { expect, test } from 'vitest'
import { ZipFile } from 'yazl'
import { asTar, asZip } from './artifact-formats.ts'
import type { StoredArtifact } from './artifact-store.ts'

const artifact = (mediaType: string, sizeBytes = 0): StoredArtifact => ({
  ...{ id: '1', name: 'page.html', sizeBytes, sha256: '', mediaType, createdAt: new Date() },
})
const zip = artifact('application/zip')

async function zipOf(add: (file: ZipFile) => void): Promise<Buffer> {
  const file = new ZipFile()
  add(file)
  file.end()
  return await buffer(file.outputStream)
}

/** Names of what a tar holds, folders with a slash at their end, and what their files say. */
async function entriesOf(tar: AsyncIterable<Uint8Array>): Promise<string[]> {
  const found: string[] = []
  const reader = extract()
  Readable.from(tar)
    .on('error', (error) => reader.destroy(error))
    .pipe(reader)
  for await (const entry of reader) {
    const text = await buffer(Readable.from(entry))
    const mode = (entry.header.mode ?? 0).toString(8)
    found.push(entry.header.type === 'directory' ? entry.header.name : `${entry.header.name} ${mode} ${text}`)
  }
  return found
}

const unpack = (bytes: Buffer) => entriesOf(asTar(Readable.from([bytes]), zip))

test('a zip becomes a tar of the same files, and a tar the zip that a stock client takes', async () => {
  const bytes = await zipOf((file) => {
    file.addEmptyDirectory('folder')
    file.addBuffer(Buffer.from('one'), 'folder/a')
    file.addBuffer(Buffer.from('#!'), 'run.sh', { mode: 0o100755 })
  })
  expect(await unpack(bytes)).toEqual(['folder/', 'folder/a 644 one', 'run.sh 755 #!'])
  const tar = pack()
  tar.entry({ name: './folder', type: 'directory' })
  tar.entry({ name: './folder/a' }, 'one')
  tar.entry({ name: 'link', type: 'symlink', linkname: 'folder/a' })
  tar.entry({ name: 'run.sh', mode: 0o755 }, '#!')
  tar.finalize()
  const packed = gzipSync(await buffer(Readable.from(tar)))
  const made = await buffer(asZip(Readable.from([packed]), artifact('application/gzip')))
  expect(await unpack(made)).toEqual(['folder/', 'folder/a 644 one', 'run.sh 755 #!'])
  const single = artifact('text/html', 3)
  expect(await entriesOf(asTar(Readable.from([Buffer.from('abc')]), single))).toEqual(['page.html 644 abc'])
})

test('a hostile zip is refused: names that lead out, links, what is damaged or none', async () => {
  const named = await zipOf((file) => file.addBuffer(Buffer.from('x'), 'aaaa/file'))
  const renamed = (to: string) => Buffer.from(named.toString('latin1').replaceAll('aaaa/file', to), 'latin1')
  const linked = await zipOf((file) => file.addBuffer(Buffer.from('/etc/passwd'), 'l', { mode: 0o120777 }))
  const damaged = Buffer.from(named)
  damaged.fill(0xff, 4, 60)
  for (const bytes of [renamed('../../evi'), renamed('/etc/evil'), linked, damaged, Buffer.from('no zip')]) {
    await expect(unpack(bytes)).rejects.toMatchObject({ code: 'artifact-refused' })
  }
  // The damage of a tar is told, too, and leaves no half of a zip that looks whole.
  const cut = gzipSync(Buffer.alloc(2048, 1)).subarray(0, 20)
  await expect(buffer(asZip(Readable.from([cut]), artifact('application/gzip')))).rejects.toThrow()
})
