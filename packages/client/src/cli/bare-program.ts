import { Command } from 'commander'
import type { Cli } from './cli.ts'

const after = `
Environment:
  SIGNALBOX_URL        where Signalbox answers; http://127.0.0.1:$PORT (3000) by default
  SIGNALBOX_TOKEN      the API token; by default that of login, or the file cli-token in the data folder
  SIGNALBOX_DATA_DIR   the data folder of a Signalbox on this machine
  NO_COLOR             no colours

Exit codes:
  0 it went well    1 it failed, was refused or ended badly
  2 the command line or a file of yours is wrong    3 this machine lacks something    130 interrupted

Begin:
  $ signalbox up
  $ signalbox goal "Say hello on the front page" --wait
`

/** The command line without its commands. */
export function bareProgram(cli: Cli): Command {
  const program = new Command('signalbox')
  program
    .description('From a goal to production, and nothing through that has not been proven.')
    .addHelpText('after', after)
    .helpCommand('help [command]', 'show the help of a command')
    .configureHelp({ showGlobalOptions: false, sortSubcommands: false })
    .showSuggestionAfterError()
    .showHelpAfterError('Run it with --help to see how.')
    .configureOutput({ writeOut: (text) => cli.out(text), writeErr: (text) => cli.err(text) })
    .exitOverride()
  return program
}
