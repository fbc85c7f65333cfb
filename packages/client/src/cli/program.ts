import { Command } from 'commander'
import { addActionsCommands } from './actions-commands.ts'
import type { Family, Outcome } from './add-command.ts'
import { addCacheCommands } from './cache-commands.ts'
import { addChangeCommands } from './change-commands.ts'
import type { Cli } from './cli.ts'
import { addCompletionCommands } from './completion/completion-commands.ts'
import { addDeploymentCommands } from './deployment-commands.ts'
import { addEventCommands } from './event-commands.ts'
import { addGraphCommand } from './graph-command.ts'
import { addInboxCommands } from './inbox-commands.ts'
import { addLintCommand } from './lint-command.ts'
import { addLoginCommands } from './login-commands.ts'
import { addMachineCommands } from './machine-commands.ts'
import { addPeopleCommands } from './people-commands.ts'
import { addPlanCommand } from './plan-command.ts'
import { addProjectCommands } from './project-commands.ts'
import { addRetentionCommands } from './retention-commands.ts'
import { addRunCommand } from './run-command.ts'
import { addRunsCommands } from './runs-commands.ts'
import { addSecretCommands } from './secret-commands.ts'
import { addSnapshotCommands } from './snapshot-commands.ts'
import { addSystemCommands } from './system-commands.ts'
import { addTokenCommands } from './token-commands.ts'

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

/** The whole command line. */
export function createProgram(cli: Cli, outcome: Outcome): Command {
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
  const family: Family = { program, cli, outcome }
  program.commandsGroup('On this machine itself:')
  addMachineCommands(family)
  program.commandsGroup('Changes and projects:')
  addInboxCommands(family)
  addChangeCommands(family)
  addProjectCommands(family)
  program.commandsGroup('Runs:')
  addRunCommand(family)
  addPlanCommand(family)
  addLintCommand(family)
  addActionsCommands(family)
  addGraphCommand(family)
  addRunsCommands(family)
  addEventCommands(family)
  addSnapshotCommands(family)
  addCacheCommands(family)
  program.commandsGroup('Deployments:')
  addDeploymentCommands(family)
  program.commandsGroup('Secrets:')
  addSecretCommands(family)
  program.commandsGroup('People and tokens:')
  addLoginCommands(family)
  addTokenCommands(family)
  addPeopleCommands(family)
  program.commandsGroup('System:')
  addSystemCommands(family)
  addRetentionCommands(family)
  addCompletionCommands(family)
  return program
}
