import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkRooms, packagesDiagram, roomsTable } from './rooms.ts'

const path = join(import.meta.dirname, '..', 'ARCHITECTURE.md')
const printed = [
  { begin: '<!-- rooms: printed from tools/rooms.ts -->', end: '<!-- /rooms -->', text: roomsTable() },
  {
    begin: '<!-- packages: printed from tools/rooms.ts -->',
    end: '<!-- /packages -->',
    text: packagesDiagram(),
  },
]

const violations = await checkRooms()
for (const { file, imports, why } of violations) process.stderr.write(`${file}: imports ${imports}: ${why}\n`)

const text = await readFile(path, 'utf8')
const wanted = printed.reduce((page, part) => {
  const [before, rest] = page.split(part.begin)
  const after = rest?.split(part.end)[1]
  if (before === undefined || after === undefined) throw new Error(`ARCHITECTURE.md has lost ${part.begin}`)
  return `${before}${part.begin}\n\n${part.text}\n\n${part.end}${after}`
}, text)
if (wanted !== text) {
  if (process.argv.includes('--write')) await writeFile(path, wanted)
  else {
    process.stderr.write(
      'ARCHITECTURE.md: what is printed from tools/rooms.ts is not that; run "npm run golden"\n',
    )
    process.exitCode = 1
  }
}
if (violations.length > 0) process.exitCode = 1
