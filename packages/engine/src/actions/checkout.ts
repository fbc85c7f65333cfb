import { posix } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import { checkoutAction } from '@signalbox/core/workflow/supported.ts'
import type { ActionContext, BuiltinAction, CheckoutSource, SourceRef } from '../job/port.ts'
import { places } from '../job/steps/step-files.ts'
import { checkOut } from './check-out.ts'
import { git } from './host-git.ts'

const commitId = /^[0-9a-f]{40}([0-9a-f]{24})?$/
const without = 'Accepted, and without effect: nothing goes over a network.'

/** `actions/checkout`, served by the engine: the tree comes as a pack from the host, nothing goes over a network. */
export const checkout: BuiltinAction = {
  name: checkoutAction.name,
  inputs: described({
    repository: 'The repository of the run; another one is refused.',
    ref: 'The ref of the run, a branch, a tag or a commit id of the repository.',
    path: 'Folder below the workspace.',
    clean: 'false: files that git does not know stay. Files that it ignores stay in any case.',
    'sparse-checkout': 'Folders, or patterns with sparse-checkout-cone-mode false, one on each line.',
    'sparse-checkout-cone-mode': 'false: sparse-checkout has patterns as .gitignore has them.',
    'fetch-depth': 'Number of commits; 0 for all history, of all branches and tags.',
    'fetch-tags': 'true: tags too, whatever the depth.',
    submodules: 'Refused for a commit that has submodules: they are other repositories.',
    lfs: 'Refused for a commit that has files in Git LFS: their content is elsewhere.',
    filter: without,
    token: without,
    'ssh-key': without,
    'ssh-known-hosts': without,
    'ssh-strict': without,
    'ssh-user': without,
    'persist-credentials': 'Accepted, and without effect: there are no credentials to keep.',
    'show-progress': without,
    'set-safe-directory': without,
    'github-server-url': without,
  }),
  async run(context) {
    const { request, inputs, sandbox } = context
    const source = request.checkout
    refuseOtherRepository(context)
    const depth = depthOf(inputs['fetch-depth'] ?? '1')
    const path = folderOf(inputs['path'] ?? '')
    const asked = inputs['ref'] ?? ''
    const isRunRef = namesRun(source, asked)
    const withTags = isTrue(inputs['fetch-tags'])
    const needsRefs = depth === 0 || withTags || (!isRunRef && !commitId.test(asked))
    const refs = needsRefs ? ((await source.refs?.()) ?? []) : []
    const target = isRunRef
      ? { commit: source.commit, branch: source.ref }
      : await targetOf(source, refs, asked)
    await refuseElsewhere(source.gitDir, target.commit, inputs)
    const brought = refs.filter((ref) => depth === 0 || (withTags && ref.name.startsWith('refs/tags/')))
    const own = ownBranch(target)
    await checkOut(sandbox, {
      source: { ...source, commit: target.commit },
      path,
      depth,
      branch: target.branch,
      // A branch may have moved on since; here it stands where the run's commit is.
      refs: [...brought.filter((ref) => ref.name !== own[0]?.name), ...own],
      origin: originOf(request.github),
      clean: !isFalse(inputs['clean']),
      keep: request.layerPaths,
      signal: context.signal,
      ...sparseOf(inputs),
    })
    await context.log('stdout', `Checked out ${target.commit}`)
    return { outputs: { commit: target.commit, ref: isRunRef ? source.ref : asked } }
  },
}

function described(texts: Record<string, string>): BuiltinAction['inputs'] {
  const known = Object.entries(checkoutAction.inputs)
  return Object.fromEntries(
    known.map(([name, input]) => [name, { ...input, description: texts[name] ?? without }]),
  )
}

function refuseOtherRepository({ request, inputs }: ActionContext): void {
  const asked = inputs['repository']
  const own = request.github['repository']
  if (!asked || typeof own !== 'string' || asked.toLowerCase() === own.toLowerCase()) return
  throw new Failure('other-repository', `${asked} is not the repository of this run, ${own}`, {
    hint: 'Clone it in a run step, from a host that the sandbox may reach (sandbox.allowHosts, or --allow).',
  })
}

function depthOf(text: string): number {
  const depth = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(depth)) return depth
  throw new Failure('invalid-input', `fetch-depth is ${text}`, {
    hint: 'Write 0 for all history, or a number of commits.',
  })
}

function namesRun(source: CheckoutSource, ref: string): boolean {
  return ['', source.commit, source.ref, source.ref.replace(/^refs\/(heads|tags)\//, '')].includes(ref)
}

async function targetOf(
  source: CheckoutSource,
  refs: readonly SourceRef[],
  ref: string,
): Promise<{ commit: string; branch: string }> {
  const hint = 'Leave ref out, or give a branch, a tag or a commit id of this repository.'
  for (const name of [ref, `refs/heads/${ref}`, `refs/tags/${ref}`]) {
    const found = refs.find((candidate) => candidate.name === name)
    if (found) return { commit: found.commit, branch: name.startsWith('refs/heads/') ? name : '' }
  }
  if (!commitId.test(ref)) throw new Failure('unknown-ref', `there is no ref ${ref} here`, { hint })
  try {
    await git(source.gitDir, ['cat-file', '-e', `${ref}^{commit}`])
  } catch (cause) {
    // On another machine than the server's it comes with the branches.
    const brought = (await source.refs?.()) !== undefined && (await isThere(source.gitDir, ref))
    if (!brought)
      throw new Failure('unknown-ref', `the commit ${ref} is not in the repository`, { hint, cause })
  }
  return { commit: ref, branch: '' }
}

async function isThere(gitDir: string, commit: string): Promise<boolean> {
  return git(gitDir, ['cat-file', '-e', `${commit}^{commit}`]).then(
    () => true,
    () => false,
  )
}

/** What only another repository or store has. */
async function refuseElsewhere(
  gitDir: string,
  commit: string,
  inputs: ActionContext['inputs'],
): Promise<void> {
  const { submodules = '', lfs } = inputs
  if (isTrue(submodules) || submodules.toLowerCase() === 'recursive') {
    const listed = await git(gitDir, ['ls-tree', '--name-only', commit, '--', '.gitmodules'])
    if (listed.trim() !== '')
      throw new Failure(
        'unsupported-submodules',
        'submodules are other repositories, and cannot be brought',
        {
          hint: 'Leave submodules out, and run `git submodule update --init` in a step, from a host that the sandbox may reach.',
        },
      )
  }
  if (isTrue(lfs) && (await hasLfs(gitDir, commit)))
    throw new Failure('unsupported-lfs', 'files in Git LFS lie in another store, and cannot be brought', {
      hint: 'Leave lfs out, and run `git lfs pull` in a step, from a host that the sandbox may reach.',
    })
}

async function hasLfs(gitDir: string, commit: string): Promise<boolean> {
  const args = ['grep', '-l', '-F', 'filter=lfs', commit, '--', '.gitattributes', '*/.gitattributes']
  try {
    return (await git(gitDir, args)).trim() !== ''
  } catch (error) {
    if (error instanceof Failure && error.message.startsWith('git grep ended with 1:')) return false
    throw error
  }
}

function ownBranch({ commit, branch }: { commit: string; branch: string }): SourceRef[] {
  return branch.startsWith('refs/heads/') ? [{ name: branch, object: commit, commit }] : []
}

function originOf(github: ActionContext['request']['github']): string {
  const { server_url: server, repository } = github
  return typeof server === 'string' && typeof repository === 'string' ? `${server}/${repository}` : ''
}

function sparseOf(inputs: ActionContext['inputs']) {
  const patterns = inputs['sparse-checkout'] ?? ''
  if (patterns.trim() === '') return {}
  const mode = isFalse(inputs['sparse-checkout-cone-mode']) ? ('no-cone' as const) : ('cone' as const)
  return { sparse: { mode, patterns } }
}

function isTrue(text: string | undefined): boolean {
  return text?.toLowerCase() === 'true'
}

function isFalse(text: string | undefined): boolean {
  return text?.toLowerCase() === 'false'
}

function folderOf(path: string): string {
  const folder = posix.normalize(path || '.')
  if (!posix.isAbsolute(folder) && folder !== '..' && !folder.startsWith('../'))
    return posix.join(places.workspace, folder)
  throw new Failure('invalid-input', `path leaves the workspace: ${path}`, {
    hint: 'Write a folder below the workspace.',
  })
}
