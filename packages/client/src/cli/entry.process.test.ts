import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

const bin = join(import.meta.dirname, '../../bin')
const lockfile = { packages: { '': {}, 'node_modules/thing': { version: '1.0.0' } } }
let root: string

function write(path: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text, { mode })
}

/** A checkout with the real entry scripts, a program that says how it was called, and an npm of its own. */
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'signalbox-entry-'))
  cpSync(bin, join(root, 'packages/client/bin'), { recursive: true })
  write('package.json', '{}')
  write('package-lock.json', JSON.stringify(lockfile))
  write('tools/json-modules.mjs', '')
  const program = (name: string) =>
    `console.log(JSON.stringify({ program: '${name}', args: process.argv.slice(2), cwd: process.cwd() }))\n`
  write('packages/server/src/main.ts', program('server'))
  write(
    'packages/client/src/cli/main.ts',
    `${program('cli')}
    if (process.argv[2] === 'exit') process.exit(Number(process.argv[3]))
    if (process.argv[2] === 'die') process.kill(process.pid, process.argv[3])
    if (process.argv[2] === 'wait') {
      process.on('SIGTERM', () => process.exit(7))
      setInterval(() => {}, 1000)
      console.log('waiting')
    }`,
  )
  npm(`#!${process.execPath}
    const fs = require('node:fs')
    fs.appendFileSync('npm-was-called', process.argv.slice(2).join(' ') + '\\n')
    setTimeout(() => {
      fs.mkdirSync('node_modules', { recursive: true })
      fs.copyFileSync('package-lock.json', 'node_modules/.package-lock.json')
    }, 300)`)
})

afterEach(() => rmSync(root, { recursive: true, force: true }))

function npm(script: string): void {
  write('fake-bin/npm', script, 0o755)
}

function install(): void {
  write('node_modules/.package-lock.json', JSON.stringify(lockfile))
}

function start(args: string[], path = `${join(root, 'fake-bin')}:/usr/bin:/bin`): ChildProcess {
  const entry = join(root, 'packages/client/bin/signalbox.mjs')
  return spawn(process.execPath, [entry, ...args], { cwd: tmpdir(), env: { PATH: path } })
}

async function end(child: ChildProcess): Promise<{ code: number | null; out: string; err: string }> {
  let out = ''
  let err = ''
  child.stdout?.on('data', (chunk) => {
    out += String(chunk)
  })
  child.stderr?.on('data', (chunk) => {
    err += String(chunk)
  })
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { code, out, err }
}

function calls(): string[] {
  const file = join(root, 'npm-was-called')
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
}

test.each(['up', 'server', 'worker', 'db', 'doctor'])('%s runs on this machine itself', async (name) => {
  install()
  const { out } = await end(start([name, 'a b']))
  expect(JSON.parse(out)).toMatchObject({ program: 'server', args: [name, 'a b'] })
})

test('everything else, help of the machine commands included, is the CLI, from the current folder', async () => {
  install()
  const cwd = tmpdir()
  expect(JSON.parse((await end(start([]))).out)).toEqual({ program: 'cli', args: [], cwd })
  expect(JSON.parse((await end(start(['goal', 'up']))).out)).toMatchObject({ args: ['goal', 'up'] })
  expect(JSON.parse((await end(start(['up', '--help']))).out)).toMatchObject({ args: ['help', 'up'] })
})

test('exit codes pass through, and a signal becomes 128 and its number', async () => {
  install()
  expect((await end(start(['exit', '3']))).code).toBe(3)
  expect((await end(start(['die', 'SIGKILL']))).code).toBe(137)
})

test('a signal is passed on to the program', async () => {
  install()
  const child = start(['wait'])
  child.stdout?.on('data', (chunk) => String(chunk).includes('waiting') && child.kill('SIGTERM'))
  expect((await end(child)).code).toBe(7)
})

test('what is missing is installed first, said on standard error only', async () => {
  const { out, err } = await end(start(['status']))
  expect(calls()).toEqual(['ci --no-audit --no-fund --loglevel=error'])
  expect(err).toContain('Installing')
  expect(JSON.parse(out)).toMatchObject({ args: ['status'] })
})

test('two at once install once', async () => {
  const both = await Promise.all([end(start(['exit', '4'])), end(start(['exit', '5']))])
  expect(both.map(({ code }) => code)).toEqual([4, 5])
  expect(calls()).toHaveLength(1)
})

test('an installation that was cut off is done again, past the lock of the dead', async () => {
  write('node_modules/thing/package.json', '{}')
  // No process has this number: it is above the largest that Linux gives.
  write('packages/client/.installing', '4194305')
  expect((await end(start(['exit', '0']))).code).toBe(0)
  expect(calls()).toHaveLength(1)
  expect(existsSync(join(root, 'packages/client/.installing'))).toBe(false)
})

test('an older package than the lockfile asks for is installed anew', async () => {
  const old = { packages: { 'node_modules/thing': { version: '0.9.0' } } }
  write('node_modules/.package-lock.json', JSON.stringify(old))
  await end(start(['exit', '0']))
  expect(calls()).toHaveLength(1)
})

test('optional packages of other machines may be missing', async () => {
  const wanted = { ...lockfile.packages, 'node_modules/else': { version: '2.0.0', optional: true } }
  write('package-lock.json', JSON.stringify({ packages: wanted }))
  install()
  await end(start(['exit', '0']))
  expect(calls()).toEqual([])
})

test('a failing npm and a missing npm end with what to do', async () => {
  npm('#!/bin/sh\necho no network >&2\nexit 1\n')
  const failing = await end(start(['status']))
  expect(failing).toMatchObject({ code: 1, out: '' })
  expect(failing.err).toContain('no network')
  expect(failing.err).toContain('npm ci failed')
  const missing = await end(start(['status'], join(root, 'nowhere')))
  expect(missing).toMatchObject({ code: 1, out: '' })
  expect(missing.err).toContain('Install npm')
})
