import type { SandboxPlan } from '../linux/plan.ts'

const MOUNT_FLAG = { ro: '--ro-bind', rw: '--bind', link: '--symlink' } as const

/** The arguments of bwrap for a plan; see bwrap(1) of 0.8. Nothing secret may stand here: they show in `ps`. */
export function bubblewrapArguments(plan: SandboxPlan): string[] {
  return [
    '--unshare-all',
    '--unshare-user',
    '--disable-userns',
    '--new-session',
    ...(plan.detached ? [] : ['--die-with-parent']),
    ...['--cap-drop', 'ALL', '--uid', '1000', '--gid', '1000', '--hostname', 'sbx'],
    '--clearenv',
    ...plan.mounts.flatMap((mount) => [MOUNT_FLAG[mount.kind], mount.source, mount.target]),
    ...['--proc', '/proc', '--dev', '/dev'],
    ...['--perms', '1777', '--size', String(plan.tmpBytes), '--tmpfs', '/tmp'],
    ...['--symlink', '../tmp', '/var/tmp', '--remount-ro', '/'],
    ...(plan.filterDescriptor === undefined ? [] : ['--seccomp', String(plan.filterDescriptor)]),
    ...['--chdir', '/workspace', '--', ...plan.init],
  ]
}
