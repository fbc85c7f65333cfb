import type { Command } from 'commander'
import { addActionsCommands } from './actions-commands.ts'
import type { Family, Outcome } from './add-command.ts'
import { bareProgram } from './bare-program.ts'
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

/** The whole command line. */
export function createProgram(cli: Cli, outcome: Outcome): Command {
  const program = bareProgram(cli)
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
