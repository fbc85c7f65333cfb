import { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import { expect, test } from 'vitest'
import { readConfig } from '../config.ts'
import { agentEnvironment, modelUpstreams } from './model-upstreams.ts'

function depsOf(env: Record<string, string>, secrets: Record<string, string> = {}) {
  const none = () => Promise.reject(new Error('not of this test'))
  return {
    config: readConfig(env),
    vault: {
      label: 'test',
      set: none,
      delete: none,
      openToHide: none,
      rotate: none,
      check: none,
      derived: none,
      async open(_place: unknown, { wants = () => true }: { wants?: (name: string) => boolean } = {}) {
        return Object.fromEntries(Object.entries(secrets).filter(([name]) => wants(name)))
      },
    },
  }
}
const project = (agent: object = {}) => ({ id: 'p', settings: ProjectSettings.parse({ agent }) })

test('offers the models for which there is a key, a secret of the project before the worker s own', async () => {
  const deps = depsOf(
    { ANTHROPIC_API_KEY: 'a-key', OPENAI_API_KEY: 'o-key' },
    { OPENAI_API_KEY: 'project-key', OTHER: 'x' },
  )
  expect(await modelUpstreams(deps, { kind: 'agent' }, project())).toEqual([
    {
      name: 'anthropic',
      api: 'anthropic',
      baseUrl: 'https://api.anthropic.com',
      extraPaths: [],
      headers: { 'x-api-key': 'a-key' },
    },
    {
      name: 'openai',
      api: 'openai',
      extraPaths: [],
      baseUrl: 'https://api.openai.com/v1',
      headers: { authorization: 'Bearer project-key' },
    },
  ])
})

test('a run that is no turn of an agent has none, and a project may leave some out', async () => {
  const deps = depsOf({ ANTHROPIC_API_KEY: 'a-key', GEMINI_API_KEY: 'g-key' })
  expect(await modelUpstreams(deps, { kind: 'validation' }, project())).toEqual([])
  const some = await modelUpstreams(deps, { kind: 'agent' }, project({ models: ['gemini'] }))
  expect(some.map(({ name }) => name)).toEqual(['gemini'])
})

test('a server with an address of its own needs no key', async () => {
  const deps = depsOf({ OPENAI_BASE_URL: 'http://127.0.0.1:11434/v1' })
  expect(await modelUpstreams(deps, { kind: 'agent' }, project())).toEqual([
    { name: 'openai', api: 'openai', baseUrl: 'http://127.0.0.1:11434/v1', extraPaths: [], headers: {} },
  ])
})

test('further paths are of the provider that they are named with', async () => {
  const deps = depsOf({
    OPENAI_BASE_URL: 'http://127.0.0.1:11434/v1',
    ANTHROPIC_API_KEY: 'a-key',
    SIGNALBOX_MODEL_EXTRA_PATHS: 'openai:/rerank, openai:/audio/*',
  })
  const found = await modelUpstreams(deps, { kind: 'agent' }, project())
  expect(found.map(({ name, extraPaths }) => [name, extraPaths])).toEqual([
    ['anthropic', []],
    ['openai', ['/rerank', '/audio/*']],
  ])
  for (const wrong of ['/rerank', 'openai:rerank', 'other:/x', 'openai:/a/*/b', 'openai:/%2e%2e']) {
    expect(() => readConfig({ SIGNALBOX_MODEL_EXTRA_PATHS: wrong }), wrong).toThrow(/EXTRA_PATHS/)
  }
})

test('the environment says where, holds no key, and takes what the project adds', async () => {
  const deps = depsOf({ GEMINI_API_KEY: 'g-key' }, { OPENAI_API_KEY: 'o-key' })
  const env = await agentEnvironment(
    deps,
    { kind: 'agent' },
    project({ environment: { GOOSE_MODE: 'auto' } }),
  )
  expect(env).toMatchObject({
    GOOGLE_GEMINI_BASE_URL: 'http://127.0.0.1:3128/model/gemini',
    OPENAI_BASE_URL: 'http://127.0.0.1:3128/model/openai',
    GOOSE_MODE: 'auto',
  })
  expect(JSON.stringify(env)).not.toMatch(/g-key|o-key/)
  expect(env['ANTHROPIC_BASE_URL']).toBeUndefined()
})
