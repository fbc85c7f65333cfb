import { posix } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { ActionContext, BuiltinAction } from '../job/port.ts'
import { fitsPart } from '../job/steps/globs.ts'
import { places } from '../job/steps/step-files.ts'
import type { ArtifactStore } from './artifact-store.ts'

/** `actions/download-artifact` v4: artifacts of the same run, unpacked in the sandbox. */
export function downloadArtifact(store: ArtifactStore | undefined): BuiltinAction {
  return {
    name: 'actions/download-artifact',
    inputs: {
      name: { required: false, default: '', description: 'One artifact; without it all of them.' },
      path: { required: false, default: '', description: 'Folder; by default the workspace.' },
      pattern: { required: false, default: '', description: 'Of the artifacts only those with such a name.' },
      'merge-multiple': {
        required: false,
        default: 'false',
        description: 'All into one folder, not each into its own.',
      },
    },
    async run(context) {
      if (!store) throw new Failure('unsupported-action', 'artifacts are not kept here')
      const { inputs } = context
      const folder = posix.resolve(places.workspace, inputs['path'] || '.')
      const name = inputs['name'] ?? ''
      if (name !== '') await unpack(context, store, { name, folder })
      else {
        const pattern = inputs['pattern'] || '*'
        const names = (await store.list()).map((artifact) => artifact.name)
        for (const one of names.filter((candidate) => fitsPart(pattern, candidate))) {
          const own = inputs['merge-multiple'] === 'true' ? folder : `${folder}/${one}`
          await unpack(context, store, { name: one, folder: own })
        }
      }
      return { outputs: { 'download-path': folder } }
    },
  }
}

async function unpack(
  context: ActionContext,
  store: ArtifactStore,
  { name, folder }: { name: string; folder: string },
): Promise<void> {
  const found = await store.get(name)
  if (!found) {
    throw new Failure('unknown-artifact', `there is no artifact ${name} in this run`, {
      hint: 'It must be uploaded by a job that this one needs.',
    })
  }
  const { code } = await context.sandbox.exec(['mkdir', '-p', '--', folder], { cwd: '/', timeoutMs: 10_000 })
  if (code !== 0) throw new Failure('invalid-input', `the folder ${folder} cannot be made`)
  // Loaded when it is needed: most jobs start without archives.
  const { asTar } = await import('./artifact-formats.ts')
  await context.sandbox.putArchive(asTar(found.data, found.artifact), folder)
  await context.log('stdout', `Unpacked the artifact ${name} into ${folder}.`)
}
