import type { SandboxSpec } from '../port.ts'
import type { Kit } from './kit.ts'

const PROXY = 'http://127.0.0.1:3128'
const PROXY_NAMES = [
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'http_proxy',
  'https_proxy',
  'npm_config_proxy',
  'npm_config_https_proxy',
]

/** The environment of every command inside: PATH, HOME, the proxy's names and CA files, then the spec's own. */
export function sandboxEnvironment(spec: SandboxSpec, kit: Kit): Record<string, string> {
  const tools = spec.toolsFolder === undefined ? '' : ':/opt/tools/node_modules/.bin:/opt/tools/bin'
  const env: Record<string, string> = {
    PATH: `/opt/signalbox/node/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin${tools}`,
    HOME: '/home/sbx',
  }
  if (spec.network.mode === 'egress') {
    for (const name of PROXY_NAMES) env[name] = PROXY
    env['NODE_USE_ENV_PROXY'] = '1'
    env['NO_PROXY'] = 'localhost,127.0.0.1,::1'
    env['no_proxy'] = env['NO_PROXY']
    Object.assign(env, kit.caFiles)
  }
  return { ...env, ...spec.env }
}
