import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type JobFixture, jobFixture } from '../job/job-fixture.ts'
import { createFolderArtifacts } from './folder-artifacts.ts'
import { engineBuiltins } from './registry.ts'

let fixture: JobFixture
const root = mkdtempSync('/tmp/engine-artifacts-')
beforeAll(() => {
  fixture = jobFixture()
})
afterAll(async () => {
  await fixture.close()
  rmSync(root, { recursive: true, force: true })
})

const builtins = (run: string) => [...engineBuiltins(createFolderArtifacts(join(root, run))).values()]

describe('artifacts', () => {
  it('go from one job to another, each file with its place, hidden ones and links left out', async () => {
    const options = { builtins: builtins('a') }
    const up = await fixture.run(
      `
- run: |
    mkdir -p out/deep; echo one > out/a.txt; echo two > out/deep/b.txt; echo no > out/c.log
    echo hidden > out/.env; ln -s /etc/passwd out/link.txt; ln out/a.txt out/hard.txt; echo x > "out/-T.txt"
- id: up
  uses: actions/upload-artifact@v4
  with: {name: build, path: "out/**/*.txt"}
- uses: actions/upload-artifact@v4
  with: {name: logs, path: "out\\n!out/**/*.txt", retention-days: 5, include-hidden-files: true}
- run: echo \${{ steps.up.outputs.artifact-digest }}`,
      options,
    )
    expect(up.result.conclusion).toBe('success')
    expect(up.text(4)).toMatch(/^[0-9a-f]{64}$/)
    const down = await fixture.run(
      `
- uses: actions/download-artifact@v4
  with: {name: build, path: got}
- run: find got -type f | sort; find got -type l; cat got/deep/b.txt got/hard.txt
- uses: actions/download-artifact@v4
- run: find build logs -type f | sort
- uses: actions/download-artifact@v4
  with: {pattern: "lo*", merge-multiple: true, path: merged}
- run: ls -A merged`,
      options,
    )
    expect(down.result.conclusion).toBe('success')
    expect(down.text(2).split('\n')).toEqual([
      'got/-T.txt',
      'got/a.txt',
      'got/deep/b.txt',
      'got/hard.txt',
      'two',
      'one',
    ])
    expect(down.text(4)).toContain('logs/.env\nlogs/c.log')
    expect(down.text(6)).toBe('.env\nc.log')
  })

  it('are refused when they are there, missing, misnamed or empty', async () => {
    const { steps } = await fixture.run(
      `
- run: echo 1 > a.txt
- {uses: actions/upload-artifact@v4, with: {path: a.txt}}
- {uses: actions/upload-artifact@v4, with: {path: a.txt}, continue-on-error: true}
- {uses: actions/upload-artifact@v4, with: {path: a.txt, overwrite: true}}
- {uses: actions/upload-artifact@v4, with: {path: a.txt, name: a/b}, continue-on-error: true}
- {uses: actions/upload-artifact@v4, with: {path: /etc/**, name: etc}}
- {uses: actions/upload-artifact@v4, with: {path: none, name: n, if-no-files-found: error}, continue-on-error: true}
- {uses: actions/download-artifact@v4, with: {name: none}, continue-on-error: true}`,
      { builtins: builtins('b') },
    )
    expect(steps.map((step) => step.outcome)).toEqual([
      'success',
      'success',
      'failure',
      'success',
      'failure',
      'success',
      'failure',
      'failure',
    ])
    expect(steps[2]?.reason).toContain('has an artifact artifact already')
    expect(readdirSync(join(root, 'b'))).toEqual(['_artifact.facts.json', 'artifact.tar.gz'])
  })
})
