import { expect, test } from 'vitest'
import { formatDiagnostic } from '../../base/diagnostics.ts'
import { parseWorkflow } from '../parse.ts'
import { readContainerOptions, wordsOf } from './container-options.ts'
import { isImageName, readPort, readVolume } from './container-parts.ts'

const parse = (job: string) =>
  parseWorkflow('w.yml', `on: push\njobs:\n  j:\n    runs-on: linux\n${job}    steps: [{ run: ls }]\n`)
const problems = (job: string) => parse(job).diagnostics.map(formatDiagnostic).join('\n')

test('a container is an image or a mapping, and so is each service', () => {
  const { workflow, diagnostics } = parse(`    container: node:24
    services:
      db:
        image: postgres:17
        env: { A: b }
        ports: [5432, '80:8080']
        volumes: ['data:/var/lib', /scratch]
        options: --health-cmd "pg_isready -U x" --health-retries=5
        credentials: { username: me, password: '\${{ secrets.P }}' }
      cache: redis
`)
  expect(diagnostics).toEqual([])
  expect(workflow?.jobs[0]).toMatchObject({
    container: { image: { source: 'node:24' } },
    services: [
      { id: 'db', image: { source: 'postgres:17' }, credentials: { username: { source: 'me' } } },
      { id: 'cache', image: { source: 'redis' } },
    ],
  })
})

test('what would hand the machine to a job is refused with its place and a way out', () => {
  const said = problems(`    container:
      image: a
      volumes: ['/etc:/etc']
      options: --privileged --network host -v /:/host
    services:
      s:
        image: Not An Image
        ports: [53/udp]
        colour: red
`)
  expect(said).toMatch(/w\.yml:7:17.*folder of the machine/)
  for (const word of ['--privileged', '--network', '-v', 'Not An Image', 'udp', 'colour'])
    expect(said).toContain(word)
  expect(problems('    container: { options: --init }\n')).toMatch(/image is missing/)
  expect(problems('    container: { image: a, credentials: { username: a } }\n')).toMatch(
    /a username and a password/,
  )
})

test('options are words as a shell parts them, and nothing is expanded', () => {
  expect(wordsOf(`a "b c" 'd $e' f\\ g ""`)).toEqual(['a', 'b c', 'd $e', 'f g', ''])
  expect(wordsOf('a "b')).toBeUndefined()
  const { options, problems: none } = readContainerOptions(
    '--health-cmd "a || exit 1" --health-interval 1m30s --health-timeout=500ms -e A=b=c -m 512m --cpus 1.5 --read-only --tmpfs /t:size=1m --cap-drop cap_kill --no-healthcheck',
  )
  expect(none).toEqual([])
  expect(options).toEqual({
    env: { A: 'b=c' },
    labels: {},
    tmpfs: { '/t': 'size=1m' },
    capDrop: ['KILL'],
    memoryBytes: 512 << 20,
    cpus: 1.5,
    readOnly: true,
    health: { command: 'a || exit 1', intervalMs: 90_000, timeoutMs: 500, none: true },
  })
  for (const wrong of ['--cpus none', '--health-interval soon', '-e A', '--memory', 'image', '--tmpfs t'])
    expect(readContainerOptions(wrong).problems, wrong).toHaveLength(1)
})

test('each option that reaches out of a container is refused by a hint of its own', () => {
  for (const option of [
    '--privileged',
    '--cap-add=ALL',
    '--device=/dev/sda',
    '--pid=host',
    '--security-opt=a',
    '--mount=a',
    '-p 80:80',
    '--net=host',
    '--userns=host',
    '--ipc=host',
    '--volumes-from=a',
    '--name=a',
  ])
    expect(readContainerOptions(option).problems[0]?.hint, option).toMatch(/Remove|Write/)
})

test('ports, volumes and names of images', () => {
  expect(readPort('80:8080')).toEqual({ value: { container: 8080, local: 80 } })
  expect(readPort('5432/tcp')).toEqual({ value: { container: 5432 } })
  for (const wrong of ['0', '65536', '127.0.0.1:80:80', '53/udp', 'a'])
    expect(readPort(wrong)).toHaveProperty('hint')
  expect(readVolume('data:/d:ro')).toEqual({ value: { name: 'data', path: '/d', readOnly: true } })
  expect(readVolume('/d')).toEqual({ value: { path: '/d', readOnly: false } })
  for (const wrong of [
    '/a:/b',
    './a:/b',
    '..:/b',
    'a:b',
    'a:/',
    '/proc',
    'a:/workspace/x',
    'a:/../etc',
    'a:/b:z',
  ])
    expect(readVolume(wrong), wrong).toHaveProperty('hint')
  for (const name of ['redis', 'redis:7', 'ghcr.io/a/b:1', 'localhost:5000/a', `a@sha256:${'0'.repeat(64)}`])
    expect(isImageName(name), name).toBe(true)
  for (const name of ['', 'A', 'a b', '../a', 'a:', '-a', 'a?x=1', 'http://a/b'])
    expect(isImageName(name), name).toBe(false)
})
