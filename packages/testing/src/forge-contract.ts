import type { Forge } from '@signalbox/server/forge/port.ts'
import { describe, expect, it } from 'vitest'

/** What the suite needs of an adapter: the forge itself, and a project in it with these files on `main`. */
export interface ForgeUnderTest {
  forge: Forge
  /** A fresh project; returns its id. */
  project(files: { path: string; content: string }[]): Promise<string>
  /** A commit with these files over its parent's, in no branch. Null content deletes. */
  commit(projectId: string, parent: string, files: Record<string, string | null>): Promise<string>
}

/** The one suite that every forge passes. */
export function describeForge(name: string, create: () => Promise<ForgeUnderTest>): void {
  describe(`forge contract: ${name}`, () => {
    async function start() {
      const under = await create()
      const id = await under.project([
        { path: 'README.md', content: 'one\ntwo\nthree\n' },
        { path: 'src/app.js', content: 'app\n' },
      ])
      const base = (await under.forge.head(id, 'main')) ?? ''
      return { ...under, id, base }
    }

    it('reads heads, files and trees, and knows what is not there', async () => {
      const { forge, id, base } = await start()
      expect(base).toMatch(/^[0-9a-f]{40}$/)
      expect(await forge.head(id, 'nothing')).toBeUndefined()
      expect(await forge.readFile(id, base, 'src/app.js', 100)).toEqual({
        text: 'app\n',
        sizeBytes: 4,
        truncated: false,
      })
      expect(await forge.readFile(id, base, 'src/app.js', 2)).toMatchObject({ text: 'ap', truncated: true })
      expect(await forge.readFile(id, base, 'src/none.js', 100)).toBeUndefined()
      expect(await forge.listFiles(id, base, 'src')).toEqual([{ path: 'src/app.js', kind: 'file' }])
      expect(await forge.listFiles(id, base, '')).toHaveLength(2)
    })

    it('shows a pull request as a diff from the common ancestor and names changed files by both names', async () => {
      const { forge, id, base, commit } = await start()
      const head = await commit(id, base, { 'README.md': null, 'READ ME.md': 'one\ntwo\nthree\n' })
      const moved = await commit(id, base, { 'other.txt': 'other\n' })
      expect((await forge.changedFiles(id, base, head)).sort()).toEqual(['READ ME.md', 'README.md'])
      const whole = await forge.diff(id, moved, head, 100_000)
      expect(whole.truncated).toBe(false)
      expect(whole.diff).toContain('READ ME.md')
      expect(whole.diff).not.toContain('other.txt')
      const cut = await forge.diff(id, moved, head, 30)
      expect(cut.truncated).toBe(true)
      expect(cut.diff.length).toBeLessThanOrEqual(30)
    })

    it('makes the same merge commit twice, without moving any branch', async () => {
      const { forge, id, base, commit } = await start()
      const ours = await commit(id, base, { 'a.txt': 'a\n' })
      const theirs = await commit(id, base, { 'b.txt': 'b\n' })
      const first = await forge.mergeCommit({ projectId: id, base: ours, head: theirs, message: 'Merge it' })
      const second = await forge.mergeCommit({ projectId: id, base: ours, head: theirs, message: 'Merge it' })
      expect(first).toEqual(second)
      if (!first.ok) throw new Error(first.reason)
      expect(await forge.treeOf(id, first.commit)).toBe(first.tree)
      expect(await forge.isAncestor(id, ours, first.commit)).toBe(true)
      expect(await forge.isAncestor(id, theirs, first.commit)).toBe(true)
      expect((await forge.listFiles(id, first.commit, '')).map((file) => file.path)).toContain('a.txt')
      expect(await forge.head(id, 'main')).toBe(base)
    })

    it('names the files in conflict', async () => {
      const { forge, id, base, commit } = await start()
      const ours = await commit(id, base, { 'README.md': 'ours\n' })
      const theirs = await commit(id, base, { 'README.md': 'theirs\n' })
      const result = await forge.mergeCommit({ projectId: id, base: ours, head: theirs, message: 'no' })
      expect(result).toMatchObject({ ok: false, conflicts: ['README.md'] })
    })

    it('squashes into one commit over the base that keeps its author, twice the same', async () => {
      const { forge, id, base, commit } = await start()
      const ours = await commit(id, base, { 'a.txt': 'a\n' })
      const one = await commit(id, base, { 'b.txt': 'b\n' })
      const two = await commit(id, one, { 'c.txt': 'c\n' })
      const input = {
        projectId: id,
        base: ours,
        head: two,
        message: 'All of it\n',
        method: 'squash',
      } as const
      const squashed = await forge.mergeCommit(input)
      expect(await forge.mergeCommit(input)).toEqual(squashed)
      if (!squashed.ok) throw new Error(squashed.reason)
      const made = await forge.commitsBetween(id, { base: ours, head: squashed.commit, limit: 9 })
      expect(made).toMatchObject([{ subject: 'All of it', author: { email: 'agent@localhost' } }])
      const merged = await forge.mergeCommit({ ...input, method: 'merge' })
      expect(merged).toMatchObject({ ok: true, tree: squashed.tree })
    })

    it('replays each commit on top of the base, drops what is there already, and names conflicts', async () => {
      const { forge, id, base, commit } = await start()
      const ours = await commit(id, base, { 'a.txt': 'a\n' })
      const same = await commit(id, base, { 'a.txt': 'a\n' })
      const next = await commit(id, same, { 'b.txt': 'b\n' })
      const last = await commit(id, next, { 'b.txt': 'b\nb\n', 'src/app.js': null })
      const input = { projectId: id, base: ours, head: last, message: 'unused', method: 'rebase' } as const
      const rebased = await forge.mergeCommit(input)
      expect(await forge.mergeCommit(input)).toEqual(rebased)
      if (!rebased.ok) throw new Error(rebased.reason)
      const made = await forge.commitsBetween(id, { base: ours, head: rebased.commit, limit: 9 })
      expect(made.map(({ subject, author }) => [subject, author.email])).toEqual([
        ['work', 'agent@localhost'],
        ['work', 'agent@localhost'],
      ])
      expect(await forge.mergeCommit({ ...input, method: 'merge' })).toMatchObject({ tree: rebased.tree })
      const clash = await commit(id, base, { 'README.md': 'theirs\n' })
      const changed = await commit(id, base, { 'README.md': 'ours\n' })
      expect(await forge.mergeCommit({ ...input, base: changed, head: clash })).toMatchObject({
        ok: false,
        conflicts: ['README.md'],
      })
      expect(await forge.mergeCommit({ ...input, head: same })).toMatchObject({ ok: false, conflicts: [] })
    })

    it('hands out the merge with its conflicts marked', async () => {
      const { forge, id, base, commit } = await start()
      const ours = await commit(id, base, { 'README.md': 'ours\n' })
      const theirs = await commit(id, base, { 'README.md': 'theirs\n', 'b.txt': 'b\n' })
      const result = await forge.mergeCommit({ projectId: id, base: ours, head: theirs, message: 'no' })
      if (result.ok || !result.marked) throw new Error('no conflict')
      const author = { name: 'x', email: 'x@x', at: 1 }
      const marked = { projectId: id, tree: result.marked, parents: [theirs, ours], message: 'm', author }
      const at = await forge.commitTree(marked)
      expect((await forge.readFile(id, at, 'README.md', 999))?.text).toMatch(
        /<<<<<<<.*ours.*theirs.*>>>>>>>/s,
      )
      expect((await forge.readFile(id, at, 'b.txt', 999))?.text).toBe('b\n')
    })

    it('keeps commits under names of its own and lets them go together', async () => {
      const { forge, id, base, commit } = await start()
      const other = await commit(id, base, { 'a.txt': 'a\n' })
      await forge.keepCommit(id, 'changes/1/merge', base)
      await forge.keepCommit(id, 'changes/1/merge', other)
      await forge.keepCommit(id, 'changes/1/turn', base)
      await forge.keepCommit(id, 'changes/11/turn', base)
      expect((await forge.keptNames(id)).sort()).toEqual([
        'changes/1/merge',
        'changes/1/turn',
        'changes/11/turn',
      ])
      await forge.releaseCommit(id, 'changes/1')
      await forge.releaseCommit(id, 'changes/1')
      expect(await forge.keptNames(id)).toEqual(['changes/11/turn'])
      expect([...(await forge.branches(id)).keys()]).toEqual(['main'])
      await expect(forge.keepCommit(id, '../heads/x', base)).rejects.toMatchObject({ code: 'invalid-ref' })
    })

    it('deletes a branch only where it is expected to stand', async () => {
      const { forge, id, base, commit } = await start()
      const next = await commit(id, base, { 'a.txt': 'a\n' })
      await forge.updateRef({ projectId: id, ref: 'refs/heads/x', to: next, from: undefined })
      expect(await forge.deleteBranch(id, 'x', base)).toBe(false)
      expect(await forge.head(id, 'x')).toBe(next)
      expect(await forge.deleteBranch(id, 'x', next)).toBe(true)
      expect(await forge.deleteBranch(id, 'x', next)).toBe(true)
      expect(await forge.head(id, 'x')).toBeUndefined()
    })

    it('lands exactly once, and again says so', async () => {
      const { forge, id, base, commit } = await start()
      const next = await commit(id, base, { 'a.txt': 'a\n' })
      const tree = await forge.treeOf(id, next)
      const land = { projectId: id, branch: 'main', commit: next, expectedBase: base, expectedTree: tree }
      expect(await forge.landCommit(land)).toEqual({ landed: true, head: next })
      expect(await forge.landCommit(land)).toEqual({ landed: true, head: next })
      expect(await forge.head(id, 'main')).toBe(next)
    })

    it('refuses another tree and a commit that does not follow from the base', async () => {
      const { forge, id, base, commit } = await start()
      const next = await commit(id, base, { 'a.txt': 'a\n' })
      const wrong = await forge.treeOf(id, base)
      const input = { projectId: id, branch: 'main', commit: next, expectedBase: base, expectedTree: wrong }
      await expect(forge.landCommit(input)).rejects.toMatchObject({ code: 'tree-mismatch' })
      expect(await forge.head(id, 'main')).toBe(base)
      const head = await commit(id, base, { 'b.txt': 'b\n' })
      expect(await forge.updateRef({ projectId: id, ref: 'refs/heads/main', to: head, from: base })).toBe(
        true,
      )
      const side = { ...input, expectedBase: head, expectedTree: await forge.treeOf(id, next) }
      await expect(forge.landCommit(side)).rejects.toMatchObject({ code: 'not-fast-forward' })
    })

    it('lets one of two that land side by side win, and tells the other where the branch is', async () => {
      const { forge, id, base, commit } = await start()
      const commits = await Promise.all(
        ['a', 'b', 'c', 'd'].map((file) => commit(id, base, { [`${file}.txt`]: file })),
      )
      const results = await Promise.all(
        commits.map(async (next) => {
          const expectedTree = await forge.treeOf(id, next)
          return forge.landCommit({
            projectId: id,
            branch: 'main',
            commit: next,
            expectedBase: base,
            expectedTree,
          })
        }),
      )
      const winners = commits.filter((_, index) => results[index]?.landed)
      expect(winners).toHaveLength(1)
      const head = await forge.head(id, 'main')
      expect(winners[0]).toBe(head)
      for (const result of results) expect(result.head).toBe(head)
    })

    it('creates, moves and deletes branches by compare-and-set', async () => {
      const { forge, id, base, commit } = await start()
      const next = await commit(id, base, { 'a.txt': 'a\n' })
      const ref = 'refs/heads/signalbox/change-1'
      expect(await forge.updateRef({ projectId: id, ref, to: base, from: undefined })).toBe(true)
      expect(await forge.updateRef({ projectId: id, ref, to: next, from: undefined })).toBe(false)
      expect(await forge.updateRef({ projectId: id, ref, to: next, from: next })).toBe(false)
      expect(await forge.head(id, 'signalbox/change-1')).toBe(base)
      expect(await forge.updateRef({ projectId: id, ref, to: next, from: base })).toBe(true)
      expect(await forge.head(id, 'signalbox/change-1')).toBe(next)
    })

    it('forgets branches and repositories, twice without complaint', async () => {
      const { forge, id, base } = await start()
      await forge.updateRef({ projectId: id, ref: 'refs/heads/x', to: base, from: undefined })
      await forge.deleteBranch(id, 'x')
      await forge.deleteBranch(id, 'x')
      expect(await forge.head(id, 'x')).toBeUndefined()
      await forge.removeRepository(id)
      await forge.removeRepository(id)
    })

    it('refuses what is no commit, no ref and no path', async () => {
      const { forge, id, base } = await start()
      await expect(forge.treeOf(id, '--help')).rejects.toMatchObject({ code: 'unknown-commit' })
      await expect(forge.treeOf(id, '0'.repeat(39).concat('1'))).rejects.toMatchObject({
        code: 'unknown-commit',
      })
      await expect(forge.head(id, '../../etc')).rejects.toMatchObject({ code: 'invalid-ref' })
      await expect(forge.head(id, '--all')).rejects.toMatchObject({ code: 'invalid-ref' })
      await expect(forge.readFile(id, base, '../x', 10)).rejects.toMatchObject({ code: 'invalid-path' })
      await expect(forge.readFile(id, base, '.git/config', 10)).rejects.toMatchObject({
        code: 'invalid-path',
      })
    })
  })
}
