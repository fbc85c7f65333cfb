import type { Command } from 'commander'
import type { Family, Outcome } from './add-command.ts'
import { bareProgram } from './bare-program.ts'
import type { Cli } from './cli.ts'
import { addCacheCommands } from './commands/cache-commands.ts'
import { addChangeCommands } from './commands/change-commands.ts'
import { addDeploymentCommands } from './commands/deployment-commands.ts'
import { addEventCommands } from './commands/event-commands.ts'
import { addInboxCommands } from './commands/inbox-commands.ts'
import { addLoginCommands } from './commands/login-commands.ts'
import { addMachineCommands } from './commands/machine-commands.ts'
import { addPeopleCommands } from './commands/people-commands.ts'
import { addProjectCommands } from './commands/project-commands.ts'
import { addRetentionCommands } from './commands/retention-commands.ts'
import { addRunsCommands } from './commands/runs-commands.ts'
import { addSecretCommands } from './commands/secret-commands.ts'
import { addSnapshotCommands } from './commands/snapshot-commands.ts'
import { addSystemCommands } from './commands/system-commands.ts'
import { addTokenCommands } from './commands/token-commands.ts'
import { addCompletionCommands } from './completion/completion-commands.ts'
import { addActionsCommands } from './here/actions-commands.ts'
import { addGraphCommand } from './here/graph-command.ts'
import { addLintCommand } from './here/lint-command.ts'
import { addPlanCommand } from './here/plan-command.ts'
import { addRunCommand } from './here/run-command.ts'

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
