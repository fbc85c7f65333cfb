import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type JobFixture, jobFixture } from '../job/job-fixture.ts'

let fixture: JobFixture
beforeAll(() => {
  fixture = jobFixture()
})
afterAll(() => fixture.close())

/** A step that writes app.js, then the action over it. */
function app(code: string, inputs = ''): string {
  return `
- run: |
    cat > app.js <<'END'
    const http = require('http')
    ${code}
    END
- id: app
  uses: signalbox/start-app@v1
  with: {run: node app.js, port: 4711${inputs}}
`
}

const good = `http.createServer((q, s) => { console.log('asked', q.url); if (q.url === '/die') process.exit(9); s.end('hi') }).listen(process.env.PORT)`
const askInside = `node -e "fetch('http://127.0.0.1:4711/x').then(r => r.text()).then(console.log)"`

describe('signalbox/start-app', () => {
  it('waits until the app is healthy, leaves it to later steps and stops it at the end', async () => {
    const { result, steps, text } = await fixture.run(`${app(good, ", health-path: '/up?a=1'")}
- run: ${askInside.replaceAll("'", "''").replace(/^/, "'")}'
- run: echo "\${{ steps.app.outputs.url }}"`)
    expect(steps.map((step) => step.reason)).toEqual([undefined, undefined, undefined, undefined])
    expect(result.conclusion).toBe('success')
    expect(steps[1]?.outputs).toEqual({ url: 'http://127.0.0.1:4711', port: '4711' })
    expect(text(2)).toContain('asked /up?a=1')
    expect(text(2)).toContain('asked /x')
    expect(text(2)).toContain('The app was stopped.')
    expect(text(3)).toBe('hi')
  })

  it('says when the app ended too soon, with its last words', async () => {
    const { steps } = await fixture.run(app(`console.error('no database'); process.exit(3)`))
    expect(steps[1]?.reason).toContain('exited with code 3')
    expect(steps[1]?.reason).toContain('no database')
  })

  it('says that a command is missing', async () => {
    const { steps } = await fixture.run(
      '- uses: signalbox/start-app@v1\n  with: {run: no-such-app, port: 4711}',
    )
    expect(steps[0]?.reason).toContain('exited with code 127')
  })

  it.each([
    ['never listens', 'setInterval(() => {}, 1000)', 'never listened on port 4711 within 1.5 s'],
    ['listens elsewhere', `http.createServer(() => {}).listen(4712)`, 'never listened on port 4711'],
    ['never answers', `http.createServer(() => {}).listen(4711)`, 'did not answer / within'],
    [
      'is ill',
      `http.createServer((q, s) => { s.statusCode = 500; s.end('no table users') }).listen(4711)`,
      'answered HTTP 500: no table users',
    ],
    [
      'is ill and then silent',
      `let n = 0; http.createServer((q, s) => { if (n++ < 3) { s.statusCode = 500; s.end('no table') } }).listen(4711)`,
      'answered HTTP 500: no table',
    ],
    ['answers garbage', `require('net').createServer((c) => c.end('SSH-2.0')).listen(4711)`, 'the app'],
  ])('says that an app %s', async (_name, code, reason) => {
    const { steps, result } = await fixture.run(app(code, ', timeout-seconds: 1.5'))
    expect(steps[1]?.outcome).toBe('failure')
    expect(steps[1]?.reason).toContain(reason)
    expect(result.conclusion).toBe('failure')
  })

  it('says that the port is in use', async () => {
    const { steps } = await fixture.run(`
- run: |
    node -e "require('http').createServer((q, s) => s.end()).listen(4711)" & for i in $(seq 100); do (exec 3<>/dev/tcp/127.0.0.1/4711) 2>/dev/null && exit 0; sleep 0.05; done; exit 1
- uses: signalbox/start-app@v1
  with: {run: sleep 100, port: 4711}`)
    expect(steps[0]?.outcome).toBe('success')
    expect(steps[1]?.reason).toContain('port 4711 is already in use')
  })

  it('reports an app that dies later', async () => {
    const { text, result } = await fixture.run(`${app(good)}
- run: node -e "fetch('http://127.0.0.1:4711/die').catch(() => {})"
- run: sleep 0.3`)
    expect(result.conclusion).toBe('success')
    expect(text(2)).toContain('The app ended by itself: exited with code 9')
    expect(text(2)).not.toContain('was stopped')
  })

  it.each([
    ['port: 0', 'port is 0'],
    ['port: 1e9', 'port is 1000000000'],
    ['port: 80, health-path: x', 'health-path is x'],
    ['port: 80, health-path: "/a b"', 'health-path is /a b'],
    ['port: 80, timeout-seconds: never', 'timeout-seconds is never'],
  ])('refuses %s', async (inputs, reason) => {
    const { steps } = await fixture.run(`- uses: signalbox/start-app@v1\n  with: {run: x, ${inputs}}`)
    expect(steps[0]?.reason).toContain(reason)
  })
})
