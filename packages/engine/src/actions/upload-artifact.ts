import { PassThrough } from 'node:stream'
import { tarMediaType } from '@signalbox/core/base/artifact-file.ts'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { ActionContext, BuiltinAction } from '../job/port.ts'
import { filePatterns } from '../job/steps/globs.ts'
import { listFiles } from '../job/steps/list-files.ts'
import { places } from '../job/steps/step-files.ts'
import { checkedName, maxArtifactBytes, maxArtifactFiles, maxUnpackedBytes } from './artifact-names.ts'
import type { ArtifactStore } from './artifact-store.ts'
import { checkedArchive } from './checked-archive.ts'

/** `actions/upload-artifact` v4: files of the workspace, never through a link, into the run's store. */
export function uploadArtifact(store: ArtifactStore | undefined): BuiltinAction {
  return {
    name: 'actions/upload-artifact',
    inputs: {
      name: { required: false, default: 'artifact', description: 'Name of the artifact in the run.' },
      path: { required: true, description: 'Files, folders or patterns, one on each line.' },
      'if-no-files-found': { required: false, default: 'warn', description: 'warn, error or ignore.' },
      'retention-days': { required: false, default: '0', description: '1 to 90; 0 for the default.' },
      'compression-level': { required: false, default: '6', description: '0 to 9.' },
      overwrite: { required: false, default: 'false', description: 'Replaces one of the same name.' },
      'include-hidden-files': {
        required: false,
        default: 'false',
        description: 'Names that begin with a dot, too.',
      },
    },
    async run(context) {
      const { inputs } = context
      const name = checkedName(inputs['name'] ?? 'artifact')
      const files = await chosenFiles(context)
      if (files.names.length === 0) return await nothingFound(context)
      if (!store) throw new Failure('unsupported-action', 'artifacts are not kept here')
      // The sandbox made it: its tar may be anything.
      const limits = { entries: files.names.length, bytes: maxUnpackedBytes }
      const kept = await store.put(name, checkedArchive(archiveOf(context, files), limits), {
        files: files.names.length,
        mediaType: tarMediaType,
        overwrite: inputs['overwrite'] === 'true',
        retentionDays: daysOf(inputs['retention-days'] ?? '0'),
        maxBytes: maxArtifactBytes,
      })
      const size = `${(kept.sizeBytes / 1024).toFixed(1)} KiB`
      await context.log('stdout', `Kept ${files.names.length} files as the artifact ${name} (${size}).`)
      return { outputs: { 'artifact-id': kept.id, 'artifact-digest': kept.sha256 } }
    },
  }
}

function daysOf(text: string): number | undefined {
  const days = Number(text)
  if (!Number.isInteger(days) || days < 0 || days > 90) {
    throw new Failure('invalid-input', `retention-days is ${text}`, { hint: 'Write 1 to 90.' })
  }
  return days === 0 ? undefined : days
}

async function nothingFound(context: ActionContext): Promise<{ outputs: Record<string, string> }> {
  const said = `No files were found with the path: ${context.inputs['path']}. No artifact is kept.`
  if (context.inputs['if-no-files-found'] === 'error') throw new Failure('no-files', said)
  if (context.inputs['if-no-files-found'] !== 'ignore') await context.log('system', `Warning: ${said}`)
  return { outputs: {} }
}

interface Chosen {
  /** Relative to the workspace; the artifact's own root. */
  root: string
  /** Relative to the root. */
  names: string[]
}

async function chosenFiles({ sandbox, inputs, signal }: ActionContext): Promise<Chosen> {
  const workspace = sandbox.seenAt?.(places.workspace) ?? places.workspace
  const patterns = filePatterns((inputs['path'] ?? '').split('\n'), workspace)
  const hidden = inputs['include-hidden-files'] === 'true'
  const found = (await listFiles(sandbox, signal)).filter(
    (file) => patterns.matches(file) && (hidden || !file.split('/').some((part) => part.startsWith('.'))),
  )
  if (found.length > maxArtifactFiles)
    throw new Failure('too-many-files', `an artifact has at most ${maxArtifactFiles} files`)
  const root = commonRoot(patterns.roots.map((one) => (found.includes(one) ? folderOf(one) : one)))
  return { root, names: found.map((file) => (root === '' ? file : file.slice(root.length + 1))) }
}

function folderOf(file: string): string {
  return file.slice(0, Math.max(0, file.lastIndexOf('/')))
}

/** The deepest folder above all of them, as GitHub takes it for the root of the artifact. */
function commonRoot(roots: string[]): string {
  const [first = [], ...others] = roots.map((root) => root.split('/').filter((part) => part !== ''))
  const differs = first.findIndex((part, at) => others.some((other) => other[at] !== part))
  return (differs < 0 ? first : first.slice(0, differs)).join('/')
}

/** The archive as the sandbox makes it. A link that took the place of a file stays a link; none is followed. */
function archiveOf({ sandbox, inputs, signal }: ActionContext, { root, names }: Chosen): PassThrough {
  const archive = new PassThrough()
  const level = /^[0-9]$/.test(inputs['compression-level'] ?? '') ? inputs['compression-level'] : '6'
  const argv = ['tar', '-C', `${places.workspace}/${root}`, '--null', '--no-recursion', '--hard-dereference']
  const pack = `gzip -${level}`
  const words: string[] = []
  const running = sandbox.exec([...argv, '--format=gnu', '-I', pack, '-cf', '-', '-T', '-'], {
    stdin: names.join('\0'),
    signal,
    onOutput(stream, chunk) {
      if (stream === 'stderr') words.push(Buffer.from(chunk).toString().slice(0, 500))
      else if (!archive.write(Buffer.from(chunk)) && !archive.destroyed) {
        return new Promise((resolve) => {
          archive.once('drain', resolve)
          archive.once('close', resolve)
        })
      }
    },
  })
  running.then(
    ({ code }) => {
      if (code === 0) archive.end()
      else
        archive.destroy(
          new Failure('artifact-failed', `the files could not be packed: ${words.join('').slice(0, 500)}`),
        )
    },
    (error: unknown) => archive.destroy(error instanceof Error ? error : new Error(String(error))),
  )
  return archive
}
