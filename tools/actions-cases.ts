/** One action of GitHub's own and a workflow that shows that it does its work here. */
export interface ActionCase {
  action: string
  /** Steps, indented by any amount, of one job; `ref` is that of the checkout which is tried. */
  steps(ref: string): string
  /** A second job that needs the first. */
  later?(ref: string): string
}

/** A git server in the job itself, which has no other way to one; it ends with the job. */
const gitServer = `
- name: Serve a repository on loopback
  run: |
    git init -q --bare -b main "$HOME/served/team/app"
    git init -q -b main "$HOME/work" && cd "$HOME/work"
    echo hello > README.md && mkdir sub && echo sub > sub/file
    git add -A && git -c user.name=a -c user.email=a@b commit -qm first
    git push -q "$HOME/served/team/app" main
    git rev-parse HEAD > "$HOME/commit"
    cat > "$HOME/server.cjs" <<'END'
    const http = require('node:http'), { spawn } = require('node:child_process')
    http.createServer((q, s) => {
      const url = new URL(q.url, 'http://x')
      const path = url.pathname.replace('/team/app.git', '/team/app')
      const git = spawn('git', ['http-backend'], { env: { PATH: process.env.PATH, HOME: process.env.HOME,
        GIT_PROJECT_ROOT: process.env.HOME + '/served', GIT_HTTP_EXPORT_ALL: '1', PATH_INFO: path,
        QUERY_STRING: url.search.slice(1), REQUEST_METHOD: q.method, CONTENT_TYPE: q.headers['content-type'] || '',
        HTTP_CONTENT_ENCODING: q.headers['content-encoding'] || '', GIT_PROTOCOL: q.headers['git-protocol'] || '' } })
      q.pipe(git.stdin); const all = []
      git.stdout.on('data', (d) => all.push(d))
      git.on('close', () => { const b = Buffer.concat(all), e = b.indexOf('\\r\\n\\r\\n')
        let code = 200
        for (const l of b.subarray(0, e).toString().split('\\r\\n')) { const [n, v] = l.split(': ')
          if (n === 'Status') code = parseInt(v); else if (n) s.setHeader(n, v) }
        s.writeHead(code); s.end(b.subarray(e + 4)) })
    }).listen(8099, '127.0.0.1', () => require('node:fs').writeFileSync(process.env.HOME + '/ready', ''))
    END
    nohup node "$HOME/server.cjs" > "$HOME/server.log" 2>&1 &
    until [ -e "$HOME/ready" ]; do sleep 0.1; done`

/** Each is tried with every checkout of it in the folder. */
export const actionCases: readonly ActionCase[] = [
  {
    action: 'actions/checkout',
    steps: (ref) => `${gitServer}
- uses: actions/checkout@${ref}
  with:
    repository: team/app
    github-server-url: http://127.0.0.1:8099
    token: no-secret
    ref: main
    path: there
- run: |
    test "$(cat there/sub/file)" = sub
    test "$(git -C there rev-parse HEAD)" = "$(cat "$HOME/commit")"
    git -C there status --porcelain`,
  },
  {
    action: 'actions/setup-node',
    steps: (ref) => `
- name: Put a Node into the tool cache
  run: |
    at="$RUNNER_TOOL_CACHE/node/22.1.0/x64"
    mkdir -p "$at/bin" && ln -s "$(command -v node)" "$at/bin/node" && printf '#!/bin/sh\\necho 10.0.0\\n' > "$at/bin/npm"
    chmod +x "$at/bin/npm" && touch "$at.complete"
- id: node
  uses: actions/setup-node@${ref}
  with: {node-version: 22.1.0, check-latest: false, package-manager-cache: false}
- run: |
    test "$(command -v node)" = "$RUNNER_TOOL_CACHE/node/22.1.0/x64/bin/node"
    test -n "\${{ steps.node.outputs.node-version }}"`,
  },
  {
    action: 'actions/github-script',
    steps: (ref) => `
- id: script
  uses: actions/github-script@${ref}
  with:
    github-token: no-secret
    script: |
      core.notice('it runs')
      core.exportVariable('FROM_SCRIPT', context.repo.owner)
      core.setSecret('hidden-word')
      const out = await exec.getExecOutput('sh', ['-c', 'echo inside; echo hidden-word'])
      await core.summary.addHeading('Done').write()
      return out.stdout.split('\\n')[0] + ' ' + (await glob.create('*').then((one) => one.getSearchPaths())).length
    result-encoding: string
- run: test "\${{ steps.script.outputs.result }}" = "inside 1" && test "$FROM_SCRIPT" = local`,
  },
  {
    action: 'actions/cache',
    steps: (ref) => `
- run: mkdir kept && echo kept > kept/file
- uses: actions/cache@${ref}
  with: {path: kept, key: "k-\${{ github.run_id }}"}`,
    later: (ref) => `
- id: cache
  uses: actions/cache@${ref}
  with: {path: kept, key: "k-\${{ github.run_id }}"}
- run: test "\${{ steps.cache.outputs.cache-hit }}" = true && test "$(cat kept/file)" = kept`,
  },
  {
    action: 'actions/upload-artifact',
    steps: (ref) => `
- run: mkdir out && echo built > out/file
- id: up
  uses: actions/upload-artifact@${ref}
  with: {name: built, path: out}
- run: test -n "\${{ steps.up.outputs.artifact-id }}"`,
  },
  {
    action: 'actions/download-artifact',
    // By the built-in one, so that each stock action can be tried alone.
    steps: () => `
- run: mkdir out && echo built > out/file
- uses: actions/upload-artifact@builtin
  with: {name: built, path: out}`,
    later: (ref) => `
- uses: actions/download-artifact@${ref}
  with: {name: built, path: got}
- run: test "$(cat got/file)" = built`,
  },
]
