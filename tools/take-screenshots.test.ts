import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { shots } from './take-screenshots.ts'

const root = join(import.meta.dirname, '..')

test('every picture of the documentation can be taken anew, and a page shows it', () => {
  const kept = readdirSync(join(root, 'docs/screenshots')).map((file) => file.replace(/\.png$/, ''))
  expect(kept.toSorted()).toEqual(shots.map(({ name }) => name).toSorted())
  const guides = readdirSync(join(root, 'docs/guide')).map((file) => join(root, 'docs/guide', file))
  const text = [join(root, 'README.md'), ...guides].map((file) => readFileSync(file, 'utf8')).join('\n')
  expect(kept.filter((name) => !text.includes(`screenshots/${name}.png`))).toEqual([])
})
