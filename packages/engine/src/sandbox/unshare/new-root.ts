import { statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { SandboxPlan } from '../linux/plan.ts'

/** The new root: what is made in its tmpfs (paths relative to it) and what is mounted there, as fstab(5). */
export interface NewRoot {
  path: string
  folders: string[]
  files: string[]
  /** "target path" for each symbolic link. */
  links: string[]
  fstab: string
}

const DEVICES = ['null', 'zero', 'full', 'random', 'urandom', 'tty']

/** Decides how the plan's mounts become a root of our own; touches nothing but the type of each source. */
export function newRoot(plan: SandboxPlan): NewRoot {
  const path = join(plan.stage, 'mnt/root')
  const folders = new Set(['proc', 'dev/pts', 'dev/shm', 'tmp', 'var', '.old'])
  const files = DEVICES.map((name) => `dev/${name}`)
  const links = [
    '../tmp var/tmp',
    '/proc/self/fd dev/fd',
    '/proc/self/fd/0 dev/stdin',
    '/proc/self/fd/1 dev/stdout',
    '/proc/self/fd/2 dev/stderr',
    'pts/ptmx dev/ptmx',
  ]
  const lines: string[] = []
  for (const mount of plan.mounts) {
    const target = mount.target.slice(1)
    if (mount.kind === 'link') {
      links.push(`${mount.source} ${target}`)
      continue
    }
    if (statSync(hostSource(mount.source, plan), { throwIfNoEntry: false })?.isDirectory() ?? true)
      folders.add(target)
    else {
      folders.add(dirname(target))
      // Node itself lies in the kit, which is mounted by then and holds its mount point.
      if (!target.startsWith('opt/signalbox/')) files.push(target)
    }
    lines.push(line(mount.source, join(path, target), 'none', `rbind,nosuid,nodev,${mount.kind}`))
  }
  for (const name of DEVICES) lines.push(line(`/dev/${name}`, join(path, 'dev', name), 'none', 'bind'))
  lines.push(line('proc', join(path, 'proc'), 'proc', 'nosuid,nodev,noexec'))
  lines.push(
    line('devpts', join(path, 'dev/pts'), 'devpts', 'newinstance,ptmxmode=0666,mode=620,nosuid,noexec'),
  )
  lines.push(line('tmpfs', join(path, 'dev/shm'), 'tmpfs', `mode=1777,size=${plan.tmpBytes},nosuid,nodev`))
  lines.push(line('tmpfs', join(path, 'tmp'), 'tmpfs', `mode=1777,size=${plan.tmpBytes},nosuid,nodev`))
  return { path, folders: [...folders], files, links, fstab: lines.join('\n') }
}

/** Mount points of the stage are empty or absent on our side; those of one file are told by their name. */
function hostSource(source: string, plan: SandboxPlan): string {
  return source.startsWith(`${plan.stage}/`) && source.endsWith('.sock') ? '/dev/null' : source
}

function line(source: string, target: string, type: string, options: string): string {
  const escaped = (text: string): string =>
    text.replace(/[\\ \t\n#]/g, (c) => `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`)
  return `${escaped(source)} ${escaped(target)} ${type} ${options} 0 0`
}
