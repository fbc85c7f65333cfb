import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { expect, test } from 'vitest'
import { databaseParts } from './config/database-url.ts'
import { variables } from './config/environment.ts'
import { readConfig } from './config.ts'

function urlOf(env: Record<string, string>): URL {
  const { databaseUrl } = readConfig(env)
  if (!databaseUrl) throw new Error('no database was named')
  return new URL(databaseUrl)
}

test('nothing set is the embedded PostgreSQL and ports 3000 and 3001', () => {
  const config = readConfig({})
  expect(config).toMatchObject({ databaseUrl: undefined, port: 3000, ingressPort: 3001, databasePoolMax: 20 })
})

test('the parts of an external database make one address, whatever stands in the password', async () => {
  const url = urlOf({ DB_HOST: 'db.example', DB_PASSWORD: 'a:b/c@d#e%f', DB_NAME: 'ci', DB_USER: 'box' })
  expect(url.host).toBe('db.example:5432')
  expect(url.pathname).toBe('/ci')
  const client = new pg.Client({ connectionString: url.href.replace(/\?.*/, '') })
  expect(client.password).toBe('a:b/c@d#e%f')
  expect(client.user).toBe('box')
})

test('another machine is spoken to by verified TLS, this one in the clear, unless it is said otherwise', () => {
  expect(urlOf({ DB_HOST: 'db.example' }).searchParams.get('sslmode')).toBe('verify-full')
  expect(urlOf({ DB_HOST: '127.0.0.1' }).searchParams.get('sslmode')).toBe('disable')
  expect(urlOf({ DB_HOST: '/run/postgresql' }).searchParams.get('host')).toBe('/run/postgresql')
  expect(urlOf({ DB_HOST: 'localhost', DB_SSLMODE: 'require' }).searchParams.get('sslmode')).toBe('require')
})

test('a password file is read without its line end, and its absence named', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'config-'))
  const path = join(folder, 'password')
  await writeFile(path, 's3cret\n')
  expect(urlOf({ DB_HOST: 'localhost', DB_PASSWORD_FILE: path }).password).toBe('s3cret')
  await rm(folder, { recursive: true })
  expect(() => readConfig({ DB_HOST: 'localhost', DB_PASSWORD_FILE: path })).toThrow(
    'DB_PASSWORD_FILE cannot be read',
  )
})

test.each([
  [{ DATABASE_URL: 'postgres://a@b/c', DB_HOST: 'b' }, 'both say where the database is'],
  [{ DB_NAME: 'ci' }, 'DB_NAME without DB_HOST'],
  [{ DB_HOST: 'b', DB_PASSWORD: 'x', DB_PASSWORD_FILE: '/x' }, 'both hold the password'],
  [{ DB_HOST: 'b', DB_SSL_CERT_FILE: '/x' }, 'belong together'],
  [{ DB_HOST: 'b', DB_SSLMODE: 'verify-ca' }, 'needs DB_SSL_CA_FILE'],
  [{ DB_HOST: 'b', DB_SSLMODE: 'maybe' }, 'DB_SSLMODE=maybe'],
  [{ PORT: '0' }, 'PORT=0'],
])('%o is refused in words', (env: Record<string, string>, sentence) => {
  expect(() => readConfig(env)).toThrow(sentence)
})

test('a secret that does not parse is not printed', () => {
  expect(() => readConfig({ DB_PASSWORD: '', DB_HOST: 'b' })).toThrow('DB_PASSWORD=…')
})

test('every variable says what it is for, and has a default or says how it is found', () => {
  const all = variables()
  for (const one of all) {
    expect(one.text, one.name).toMatch(/\.$/)
    expect(one.default !== undefined || one.fallback !== undefined, one.name).toBe(true)
  }
  const names = all.map((one) => one.name)
  expect(databaseParts.every((name) => names.includes(name))).toBe(true)
})
