import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { configurationPage, effective } from './config-command.ts'
import { root } from './paths.ts'
import { sharePool } from './share-pool.ts'

test('the reference of the configuration is what the variables say', async () => {
  const path = join(root, 'docs', 'reference', 'configuration.md')
  if (process.env['UPDATE_GOLDEN']) {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, configurationPage())
  }
  expect(await readFile(path, 'utf8')).toBe(configurationPage())
})

test('what is in force says where it comes from and hides secrets', () => {
  const rows = effective({ PORT: '3100', DATABASE_URL: 'postgres://a:s3cret@b/c' })
  const of = (name: string) => rows.find((row) => row.name === name)
  expect(of('PORT')).toMatchObject({ value: '3100', from: 'environment' })
  expect(of('SIGNALBOX_INGRESS_PORT')).toMatchObject({ value: 'PORT + 1', from: 'default' })
  expect(JSON.stringify(rows)).not.toContain('s3cret')
})

test.each([8, 10, 20, 100])('a process with %i connections uses all of them and no more', (max) => {
  const { main, queue } = sharePool(max)
  expect(main + queue + 2).toBe(max)
  expect(Math.min(main, queue)).toBeGreaterThanOrEqual(2)
})
