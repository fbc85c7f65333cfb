import { Failure } from '@signalbox/core/base/failure.ts'

/** A compressed artifact is at most this large. */
export const maxArtifactBytes = 1024 ** 3
export const maxArtifactFiles = 100_000
/** What an archive may unpack to: a small one can hold a very large one. */
export const maxUnpackedBytes = 8 * 1024 ** 3

/** The name itself; a Failure for one that no file system takes. */
export function checkedName(name: string): string {
  if (name !== '' && name.length <= 200 && !/["<>|*?\\/\r\n:]/.test(name) && name !== '.' && name !== '..')
    return name
  throw new Failure('invalid-input', `${name.slice(0, 50)} cannot name an artifact`, {
    hint: 'Leave out " : < > | * ? \\ / and line ends.',
  })
}

/** What a second upload under a name is told. */
export function alreadyThere(name: string): Failure {
  return new Failure('artifact-exists', `the run has an artifact ${name} already`, {
    hint: 'Give it another name (in a matrix: with ${{ matrix.… }} in it), or set overwrite: true.',
  })
}
