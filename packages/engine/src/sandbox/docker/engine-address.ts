import { statSync } from 'node:fs'
import { Failure } from '@signalbox/core/base/failure.ts'

/**
 * The socket of the engine of this machine: DOCKER_HOST, else where Docker and Podman listen. The workspace of a job
 * is a folder of this machine, so an engine on another one is refused.
 */
export function engineAddress(env: Readonly<Record<string, string | undefined>>): string {
  const named = env['DOCKER_HOST']
  if (named) {
    if (named.startsWith('unix:///')) return named.slice('unix://'.length)
    throw new Failure(
      'container-engine-remote',
      `DOCKER_HOST is ${named.slice(0, 100)}, and only an engine of this machine can share its folders.`,
      { hint: 'Set DOCKER_HOST=unix:///path/to/docker.sock, or unset it.' },
    )
  }
  const own = env['XDG_RUNTIME_DIR']
  const usual = [
    '/var/run/docker.sock',
    ...(own ? [`${own}/docker.sock`, `${own}/podman/podman.sock`] : []),
    '/run/podman/podman.sock',
  ]
  const found = usual.find((path) => statSync(path, { throwIfNoEntry: false })?.isSocket())
  return found ?? '/var/run/docker.sock'
}
