/** What every git process of ours is told, whatever the repository's own configuration says. */
const hardened: [string, string][] = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.sshCommand', 'ssh -oBatchMode=yes -oConnectTimeout=15'],
  ['core.quotePath', 'false'],
  ['core.filesRefLockTimeout', '3000'],
  ['core.packedRefsTimeout', '3000'],
  ['protocol.allow', 'never'],
  ['credential.helper', ''],
  ['credential.interactive', 'false'],
  ['commit.gpgSign', 'false'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['submodule.recurse', 'false'],
  ['fetch.recurseSubmodules', 'false'],
  ['http.followRedirects', 'initial'],
  ['http.lowSpeedLimit', '100'],
  ['http.lowSpeedTime', '60'],
  ['transfer.fsckObjects', 'true'],
  ['init.defaultBranch', 'main'],
  ['merge.renameLimit', '2000'],
  ['diff.renameLimit', '2000'],
]

/**
 * The environment of a git process: nothing of the server's own but PATH, no system or user configuration,
 * an empty home, no prompt. Settings go by GIT_CONFIG_COUNT, which git's own child processes inherit.
 */
export function gitEnvironment(
  emptyHome: string,
  settings: [string, string][],
  extra: Record<string, string> = {},
): Record<string, string> {
  const all = [...hardened, ...settings]
  const env: Record<string, string> = {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: emptyHome,
    XDG_CONFIG_HOME: emptyHome,
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '/bin/false',
    SSH_ASKPASS: '/bin/false',
    GIT_EDITOR: '/bin/false',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_CONFIG_COUNT: String(all.length),
    ...extra,
  }
  // The agent of the person who started the server: the only way to an ssh key with a passphrase.
  const agent = process.env['SSH_AUTH_SOCK']
  if (agent) env['SSH_AUTH_SOCK'] = agent
  for (const [index, [key, value]] of all.entries()) {
    env[`GIT_CONFIG_KEY_${index}`] = key
    env[`GIT_CONFIG_VALUE_${index}`] = value
  }
  return env
}
