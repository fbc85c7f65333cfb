import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { readable, withoutPasswords } from './logger.ts'
import { nodeArguments, root } from './paths.ts'

/** What a process of its own writes to stderr: the real destination, which is no stream of this one. */
function logged(script: string, format: string): string {
  const from = join(root, 'packages/server/src')
  const code = `
    const { createLogger } = await import('${from}/boot/logger.ts')
    const { withLogIds } = await import('${from}/log/context.ts')
    const log = createLogger({ logLevel: 'info', logFormat: '${format}' }, 'server')
    ${script}`
  const args = [...nodeArguments, '--input-type=module', '-e', code]
  const { stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return stderr
}

test('a line is JSON with the ids of what it belongs to, from however deep it comes', () => {
  const text = logged(
    `await withLogIds({ requestId: 'r1' }, async () => {
      await Promise.resolve()
      await withLogIds({ jobId: 'j1' }, async () => log.warn({ more: 1 }, 'inside'))
      log.info('around')
    })
    log.info('outside')`,
    'json',
  )
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines[0]).toMatchObject({
    level: 'warn',
    name: 'server',
    requestId: 'r1',
    jobId: 'j1',
    more: 1,
    msg: 'inside',
  })
  expect(lines[0].time).toMatch(/^\d{4}-\d\d-\d\dT/)
  expect(lines[1]).toMatchObject({ requestId: 'r1', msg: 'around' })
  expect(lines[1]).not.toHaveProperty('jobId')
  expect(lines[2]).not.toHaveProperty('requestId')
})

test('secrets are cut out, also those in an error of a driver', () => {
  const text = logged(
    `log.warn({ token: 'T0P', config: { databaseUrl: 'S3C' }, deep: { er: { password: 'P4SS' } } }, 'x')
    log.error({ err: new Error('cannot reach postgres://me:H1DDEN@db/x') }, 'y')`,
    'json',
  )
  for (const secret of ['T0P', 'S3C', 'P4SS', 'H1DDEN']) expect(text).not.toContain(secret)
  expect(text).toContain('postgres://me:…@db/x')
  expect(withoutPasswords('see https://a.example/b:c')).toBe('see https://a.example/b:c')
})

test('text for people has time, level, words and facts in one line', async () => {
  const to = new PassThrough()
  readable(to).write(
    `${JSON.stringify({ level: 'warn', time: '2026-01-02T03:04:05.000Z', pid: 1, hostname: 'h', name: 'worker', msg: 'slow', jobId: 'j1' })}\n`,
  )
  const text = stripVTControlCharacters(String(to.read()))
  expect(text).toBe('03:04:05 WARN  worker: slow jobId=j1\n')
})
