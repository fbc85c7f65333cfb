import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkRooms, roomsTable } from './rooms.ts'

const marks = { begin: '<!-- rooms: printed from tools/rooms.ts -->', end: '<!-- /rooms -->' }
const path = join(import.meta.dirname, '..', 'ARCHITECTURE.md')

const violations = await checkRooms()
for (const { file, imports, why } of violations) process.stderr.write(`${file}: imports ${imports}: ${why}\n`)

const text = await readFile(path, 'utf8')
const [before, rest] = text.split(marks.begin)
const after = rest?.split(marks.end)[1]
if (before === undefined || after === undefined)
  throw new Error('ARCHITECTURE.md has lost its marks of the room table')
const wanted = `${before}${marks.begin}\n\n${roomsTable()}\n\n${marks.end}${after}`
if (wanted !== text) {
  if (process.argv.includes('--write')) await writeFile(path, wanted)
  else {
    process.stderr.write(
      'ARCHITECTURE.md: the room table is not that of tools/rooms.ts; run "npm run golden"\n',
    )
    process.exitCode = 1
  }
}
if (violations.length > 0) process.exitCode = 1
