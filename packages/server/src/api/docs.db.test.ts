import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { routes } from '@signalbox/core/contract/routes.ts'
import { type ApiUnderTest, apiUnderTest } from '@signalbox/testing/api-under-test.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'

let api: ApiUnderTest
let dashboardDir: string
beforeAll(async () => {
  dashboardDir = await mkdtemp(join(tmpdir(), 'signalbox-dashboard-'))
  await mkdir(join(dashboardDir, 'assets'))
  await writeFile(join(dashboardDir, 'index.html'), '<!doctype html><title>Signalbox</title>')
  await writeFile(join(dashboardDir, 'assets', 'app-1a2b.js'), 'export {}')
  await writeFile(join(dashboardDir, 'assets', 'app-1a2b.js.br'), brotliCompressSync('export {}'))
  await writeFile(
    join(dashboardDir, 'index.html.br'),
    brotliCompressSync('<!doctype html><title>Signalbox</title>'),
  )
  await writeFile(join(dashboardDir, '.secret'), 'no')
  api = await apiUnderTest({ dashboardDir })
})
afterAll(async () => {
  await api.close()
  await rm(dashboardDir, { recursive: true, force: true })
})

const Schema: z.ZodType = z.record(z.string(), z.unknown())
const Media = z.record(z.string(), z.strictObject({ schema: Schema }))
/** The parts of OpenAPI 3.1 that this document uses; anything else in it is a mistake. */
const Document = z.strictObject({
  openapi: z.string().regex(/^3\.1\.\d$/),
  info: z.strictObject({ title: z.string(), version: z.string(), description: z.string() }),
  components: z.strictObject({
    securitySchemes: z.record(z.string(), z.object({ type: z.enum(['http', 'apiKey']) })),
    schemas: z.record(z.string(), Schema).optional(),
  }),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  servers: z.array(z.object({ url: z.string() })).optional(),
  paths: z.record(
    z.string().startsWith('/'),
    z.partialRecord(
      z.enum(['get', 'post', 'patch', 'delete']),
      z.strictObject({
        operationId: z.string(),
        summary: z.string(),
        tags: z.array(z.string()),
        security: z.array(z.unknown()).optional(),
        parameters: z
          .array(
            z.object({
              name: z.string(),
              in: z.enum(['path', 'query']),
              required: z.boolean().optional(),
              schema: Schema,
            }),
          )
          .optional(),
        requestBody: z.strictObject({ required: z.boolean().optional(), content: Media }).optional(),
        responses: z.record(z.string(), z.object({ description: z.string(), content: Media })),
      }),
    ),
  ),
})

describe('the OpenAPI document', () => {
  it('is of 3.1 and has every route of the contract once, with its parameters', async () => {
    const document = Document.parse(await (await fetch(`${api.url}/api/openapi.json`)).json())
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
    )
    // Routes that answer a file are not of the contract, which the client reads as JSON.
    const files = ['downloadArtifact']
    const named = operations.map((operation) => operation.operationId)
    expect(named.sort()).toEqual([...Object.keys(routes), ...files].sort())
    for (const operation of operations) {
      const inPath = [...operation.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
      const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path')
      expect(declared.map((parameter) => parameter.name)).toEqual(inPath)
      for (const parameter of declared) expect(parameter.required).toBe(true)
      expect(operation.responses['default']?.content).toHaveProperty('application/problem+json')
      expect(operation.responses).toHaveProperty('200')
    }
  })

  it('has only references that lead somewhere and none of the dialects before 3.1', async () => {
    const document: unknown = await (await fetch(`${api.url}/api/openapi.json`)).json()
    const text = JSON.stringify(document)
    expect(text).not.toMatch(/"nullable":/)
    for (const [, reference] of text.matchAll(/"\$ref":"([^"]+)"/g)) {
      const parts = (reference ?? '').replace(/^#\//, '').split('/')
      const found = parts.reduce<unknown>(
        (value, part) => (typeof value === 'object' && value ? Reflect.get(value, part) : undefined),
        document,
      )
      expect(found, reference).toBeDefined()
    }
  })

  it('is shown by a page that works with the policy of its own answer', async () => {
    const page = await fetch(`${api.url}/api/docs/`)
    expect(page.status).toBe(200)
    const html = await page.text()
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)/)
    expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//)
    for (const [, path] of html.matchAll(/(?:src|href)="\.?\/?([^"]+)"/g)) {
      const asset = await fetch(new URL(path ?? '', page.url))
      expect(asset.status, path).toBe(200)
      await asset.arrayBuffer()
    }
    const csp = page.headers.get('content-security-policy') ?? ''
    for (const part of ["default-src 'self'", "frame-ancestors 'none'", "style-src 'self' 'unsafe-inline'"]) {
      expect(csp).toContain(part)
    }
    expect(csp).not.toMatch(/script-src[^;]*unsafe/)
  })
})

describe('the dashboard', () => {
  it('answers its own addresses with its page and keeps named files', async () => {
    for (const path of ['/', '/projects/sample', '/changes/1/runs']) {
      const page = await fetch(`${api.url}${path}`)
      expect(page.status, path).toBe(200)
      expect(await page.text()).toContain('<title>Signalbox</title>')
      expect(page.headers.get('cache-control')).toBe('no-cache')
      expect(page.headers.get('content-security-policy')).toContain("default-src 'self'")
    }
    const asset = await fetch(`${api.url}/assets/app-1a2b.js`)
    expect(asset.headers.get('cache-control')).toContain('immutable')
    expect(asset.headers.get('content-type')).toContain('javascript')
  })

  it('sends the compressed form to who takes it, and answers HEAD as GET', async () => {
    for (const path of ['/', '/changes', '/assets/app-1a2b.js']) {
      for (const method of ['GET', 'HEAD']) {
        for (const encoding of ['br', 'identity']) {
          const headers = { 'accept-encoding': encoding }
          const answer = await fetch(`${api.url}${path}`, { method, headers })
          expect([method, path, encoding, answer.status]).toEqual([method, path, encoding, 200])
          expect(answer.headers.get('content-encoding')).toBe(encoding === 'br' ? 'br' : null)
          expect(answer.headers.get('vary')).toMatch(/accept-encoding/i)
          expect(answer.headers.get('content-type')).toMatch(path.endsWith('.js') ? /javascript/ : /html/)
          expect(await answer.text()).toContain(
            method === 'HEAD' ? '' : path.endsWith('.js') ? 'export' : 'title',
          )
        }
      }
    }
  })

  it('answers nothing for what is missing, hidden or outside', async () => {
    for (const path of ['/assets/gone.js', '/.secret', '/%2e%2e/package.json', '/..%2f..%2fetc%2fpasswd']) {
      const answer = await fetch(`${api.url}${path}`)
      expect([400, 403, 404], path).toContain(answer.status)
      expect(await answer.text()).not.toMatch(/no$|root:|"private"/)
    }
    const missing = await fetch(`${api.url}/api/nothing`)
    expect(missing.headers.get('content-type')).toContain('application/problem+json')
  })
})
