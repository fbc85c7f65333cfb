import { parseWorkflow } from '@signalbox/core/workflow/parse.ts'
import { expect, test } from 'vitest'
import { findInstallStep, type InstallStep } from './install-step.ts'

const checkout = { name: 'actions/checkout', inputs: { 'fetch-depth': { required: false } } }

function find(steps: string, job = ''): InstallStep | string | undefined {
  const text = `on: push\nenv: {A: top, B: top}\njobs:\n  j:\n    runs-on: linux\n${job}    steps:\n${steps}`
  const { workflow, diagnostics } = parseWorkflow('test.yml', text, { builtinActions: [checkout] })
  if (!workflow) throw new Error(JSON.stringify(diagnostics))
  return findInstallStep(workflow, 'j')
}

const marked = '        env: {SIGNALBOX_SNAPSHOT: install, B: step}\n'
const plain = `      - uses: actions/checkout@v4\n      - run: npm ci\n${marked}`

test('the marked step with all that its command depends on', () => {
  expect(find(`${plain}        working-directory: app\n        shell: bash\n`)).toEqual({
    number: 2,
    command: 'npm ci',
    shell: 'bash',
    workingDirectory: 'app',
    env: { A: 'top', B: 'step', SIGNALBOX_SNAPSHOT: 'install' },
  })
  expect(find(plain, '    env: {B: job}\n')).toMatchObject({ env: { B: 'step' } })
})

test('without a mark there is none', () => {
  expect(find('      - run: npm ci\n')).toBeUndefined()
})

test.each([
  [
    'another word',
    '      - run: npm ci\n        env: {SIGNALBOX_SNAPSHOT: all}\n',
    'knows one word: install',
  ],
  ['no command', `      - uses: actions/checkout@v4\n${marked}`, 'stands on a step that runs no command'],
  ['a condition', `      - run: npm ci\n        if: always()\n${marked}`, 'a condition of its own'],
  ['a step before it', `      - run: true\n      - run: npm ci\n${marked}`, 'other than a plain check-out'],
  [
    'another check-out',
    `      - uses: actions/checkout@v4\n        with: {fetch-depth: 0}\n      - run: npm ci\n${marked}`,
    'other than a plain check-out',
  ],
  ['an expression', `      - run: npm ci \${{ github.sha }}\n${marked}`, 'holds an expression'],
  [
    'a secret',
    `      - run: npm ci\n        env: {SIGNALBOX_SNAPSHOT: install, T: '\${{ secrets.T }}'}\n`,
    'expression',
  ],
])('%s is not kept, and it says why', (_, steps, why) => {
  expect(find(steps)).toContain(why)
})
