import { readFile } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import { checkoutAction } from '@signalbox/core/workflow/supported.ts'
import type { BuiltinAction, CheckoutSource } from '../job/port.ts'
import { places } from '../job/step-files.ts'
import type { Sandbox } from '../sandbox/port.ts'
import { excludeLines } from '../snapshot/exclude-lines.ts'
import { git, packOf } from './host-git.ts'
import { runScriptIn } from './sandbox-git.ts'

/** `actions/checkout`, served by the engine: the tree comes as a pack from the host, nothing goes over a network. */
export const checkout: BuiltinAction = {
  name: checkoutAction.name,
  inputs: {
    ref: { required: false, description: 'The ref of the run, or a commit id of the repository.' },
    path: { required: false, description: 'Folder below the workspace.' },
    'fetch-depth': {
      required: false,
      default: '1',
      description: '1 for the commit alone, 0 for all history.',
    },
  },
  async run(context) {
    const { request, inputs, sandbox } = context
    const source = request.checkout
    const depth = inputs['fetch-depth'] ?? '1'
    if (depth !== '0' && depth !== '1') {
      throw new Failure('invalid-input', `fetch-depth is ${depth}`, {
        hint: 'Write 0 for all history, or 1.',
      })
    }
    const commit = await commitOf(source, inputs['ref'] ?? '')
    await checkOut(sandbox, {
      source: { ...source, commit },
      path: folderOf(inputs['path'] ?? ''),
      shallow: depth === '1',
      branch: commit === source.commit ? source.ref : '',
      keep: request.layerPaths,
      signal: context.signal,
    })
    await context.log('stdout', `Checked out ${commit}`)
    return { outputs: { commit, ref: source.ref } }
  },
}

async function commitOf(source: CheckoutSource, ref: string): Promise<string> {
  const own = [source.commit, source.ref, source.ref.replace(/^refs\/(heads|tags)\//, '')]
  if (ref === '' || own.includes(ref)) return source.commit
  const hint = 'Leave ref out, or give a commit id of this repository.'
  if (!/^[0-9a-f]{40}([0-9a-f]{24})?$/.test(ref))
    throw new Failure('unknown-ref', `there is no ref ${ref} here`, { hint })
  try {
    await git(source.gitDir, ['cat-file', '-e', `${ref}^{commit}`])
  } catch (cause) {
    throw new Failure('unknown-ref', `the commit ${ref} is not in the repository`, { hint, cause })
  }
  return ref
}

function folderOf(path: string): string {
  const folder = posix.normalize(path || '.')
  if (!posix.isAbsolute(folder) && folder !== '..' && !folder.startsWith('../'))
    return posix.join(places.workspace, folder)
  throw new Failure('invalid-input', `path leaves the workspace: ${path}`, {
    hint: 'Write a folder below the workspace.',
  })
}

/** $1 folder, $2 commit, $3 boundary commits, $4 branch, $5 what to keep. Git's own data is always made anew. */
const script = `set -e
mkdir -p -- "$1" && cd -- "$1" && rm -rf .git
git init -q --template= -b main .
if [ -n "$3" ]; then printf '%s\\n' $3 > .git/shallow; fi
git index-pack --stdin > /dev/null
if [ -n "$4" ]; then git symbolic-ref HEAD "$4" && git update-ref "$4" "$2"; else git update-ref --no-deref HEAD "$2"; fi
if [ -n "$5" ]; then mkdir -p .git/info && printf %s "$5" > .git/info/exclude; fi
git reset -q --hard && git clean -q -ffd
`

/** What to bring where. `keep`: paths of the folder that stay though git neither knows nor ignores them. */
export interface CheckOut {
  source: CheckoutSource
  path: string
  shallow: boolean
  branch: string
  keep?: readonly string[]
  signal?: AbortSignal
}

/** Brings a commit's tree into a folder of the sandbox. Files there that git does not know and ignores stay. */
export async function checkOut(sandbox: Sandbox, options: CheckOut): Promise<void> {
  const { source, shallow } = options
  const pack = packOf(source.gitDir, source.commit, { shallow })
  const boundary = shallow ? source.commit : await shallowCommits(source.gitDir)
  const branch = /^refs\/heads\/[^\s~^:?*[\\]+$/.test(options.branch) ? options.branch : ''
  const keep = excludeLines(options.keep ?? [])
  const run = runScriptIn(sandbox, script, [options.path, source.commit, boundary, branch, keep], {
    code: 'checkout-failed',
    what: 'the tree could not be checked out',
    stdin: pack.stdout,
    cwd: places.workspace,
    signal: options.signal,
  }).finally(() => pack.stdout.destroy())
  // Git on the host is asked first: when it fails, the sandbox only sees half a pack.
  const [packed, ran] = await Promise.allSettled([pack.done, run])
  if (packed.status === 'rejected' && ran.status === 'rejected') {
    throw new Failure('checkout-failed', `the commit ${source.commit} could not be read`, {
      hint: 'Is it in the repository, with all of its objects?',
      cause: packed.reason,
    })
  }
  if (ran.status === 'rejected') throw ran.reason
}

async function shallowCommits(gitDir: string): Promise<string> {
  try {
    return (await readFile(join(gitDir, 'shallow'), 'utf8')).trim()
  } catch {
    return ''
  }
}
