import { Transform } from 'node:stream'
import type { BranchRule } from '../port.ts'
import { isDeletion, type PushCommand, packetLine } from './push-commands.ts'

/** Why a command is refused before anything of the push is taken; undefined: it is git's to judge. */
export function refusalOf(command: PushCommand, ruleFor: (branch: string) => BranchRule): string | undefined {
  const branch = /^refs\/heads\/(.+)$/.exec(command.ref)?.[1]
  if (branch === undefined || branch === 'HEAD') return 'only branches are pushed to Signalbox'
  const rule = ruleFor(branch)
  if (isDeletion(command)) return rule.noDelete ? 'guarded branch: it cannot be deleted' : undefined
  if (!rule.noPush) return undefined
  return 'guarded branch: push to another one, and the change lands when it is proven'
}

const sideBand = (capabilities: string[]) => capabilities.includes('side-band-64k')

/** The answer to a push of which nothing is taken: a reason for each ref, and words for the person. */
export function refusingAnswer(
  refused: { command: PushCommand; reason: string | undefined }[],
  capabilities: string[],
  words: string[],
): string {
  const report = [
    packetLine('unpack ok\n'),
    ...refused.map(({ command, reason }) =>
      packetLine(`ng ${command.ref} ${reason ?? 'another branch of this push was refused'}\n`),
    ),
    '0000',
  ].join('')
  if (!sideBand(capabilities)) return report
  return `${words.map(toldLine).join('')}${packetLine(`\x01${report}`)}0000`
}

/** One line that git shows as `remote: …`. */
function toldLine(text: string): string {
  return packetLine(`\x02${text.replaceAll(/[\x00-\x1f\x7f]+/g, ' ').slice(0, 900)}\n`)
}

/**
 * Passes git's answer through and, before its end, tells what came of the push. `tell` is called once git is done;
 * what it fails with is not told.
 */
export function tellingAnswer(capabilities: string[], tell: () => Promise<string[]>): Transform {
  let held: Buffer = Buffer.alloc(0)
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const all = Buffer.concat([held, chunk])
      // The closing flush packet, should this be the end.
      held = all.subarray(Math.max(0, all.length - 4))
      done(null, all.subarray(0, all.length - held.length))
    },
    flush(done) {
      tell().then(
        (words) => {
          const may = sideBand(capabilities) && held.toString('latin1') === '0000'
          done(null, Buffer.concat([Buffer.from(may ? words.map(toldLine).join('') : ''), held]))
        },
        () => done(null, held),
      )
    },
  })
}
