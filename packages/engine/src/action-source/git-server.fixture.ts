import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'

/** A git server on loopback, by git's own http-backend, and repositories to serve. */
export interface GitServer {
  url: string
  /** What was asked for, as `METHOD path?query`. */
  asked: string[]
  /** Answers this status to everything while it is set. */
  refuse: number | undefined
  /**
   * Commits files to a branch of a repository, which is made when it is not there; `-> target` is a link. Answers the
   * commit.
   */
  commit(
    repository: string,
    files: Record<string, string>,
    options?: { tag?: string; branch?: string },
  ): string
  git(repository: string, ...args: string[]): string
  close(): Promise<void>
}

/** Starts one on a free port. */
export async function startGitServer(): Promise<GitServer> {
  const root = mkdtempSync('/tmp/signalbox-git-server-')
  const asked: string[] = []
  const identity = ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'init.defaultBranch=main']
  const run = (...args: string[]) =>
    execFileSync('git', [...identity, ...args], { encoding: 'utf8', stdio: 'pipe' }).trim()
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    if (fixture.refuse !== undefined) return void response.writeHead(fixture.refuse).end()
    serve(join(root, 'bare'), request, response)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  const fixture: GitServer = {
    url: `http://127.0.0.1:${port}`,
    asked,
    refuse: undefined,
    git: (repository, ...args) => run('-C', join(root, 'bare', repository), ...args),
    commit(repository, files, { tag, branch = 'main' } = {}) {
      const work = join(root, 'work', repository)
      const bare = join(root, 'bare', repository)
      run('init', '-q', work)
      run('-C', work, 'checkout', '-q', '-B', branch)
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(join(work, name)), { recursive: true })
        if (text.startsWith('-> ')) symlinkSync(text.slice(3), join(work, name))
        else writeFileSync(join(work, name), text)
      }
      run('-C', work, 'add', '-A')
      run('-C', work, 'commit', '-q', '--allow-empty', '-m', 'more')
      if (tag) run('-C', work, 'tag', '-f', '-a', '-m', tag, tag)
      run('init', '-q', '--bare', bare)
      run('-C', work, 'push', '-q', '--force', '--tags', bare, `refs/heads/${branch}`)
      return run('-C', work, 'rev-parse', 'HEAD')
    },
    async close() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
      rmSync(root, { recursive: true, force: true })
    },
  }
  return fixture
}

function serve(root: string, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, search } = new URL(request.url ?? '/', 'http://x')
  const child = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'safe.directory',
      GIT_CONFIG_VALUE_0: '*',
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  request.pipe(child.stdin)
  child.stdin.on('error', () => {})
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.on('close', () => {
    const all = Buffer.concat(chunks)
    const end = all.indexOf('\r\n\r\n')
    const headers = all
      .subarray(0, end)
      .toString()
      .split('\r\n')
      .map((line) => line.split(': '))
    const status = headers.find(([name]) => name === 'Status')?.[1]
    for (const [name = '', value = ''] of headers)
      if (name && name !== 'Status') response.setHeader(name, value)
    response.writeHead(Number(status?.slice(0, 3) ?? 200)).end(all.subarray(end + 4))
  })
}
