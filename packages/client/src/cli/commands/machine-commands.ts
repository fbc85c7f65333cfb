import { Failure } from '@signalbox/core/base/failure.ts'
import { addCommand, type Family } from '../add-command.ts'

const here = 'Runs on this machine itself, not over the API.'

/** The entry script hands these to the server's own program; here they only stand in the help. */
const commands = [
  {
    usage: 'up',
    summary: 'Start everything on this machine and print a URL to open.',
    details: `${here} PORT and SIGNALBOX_DATA_DIR say where; Ctrl-C stops everything, releases included.`,
    flags: [['--no-system-packages', 'install no package of the system, not even bubblewrap as root']],
    examples: ['signalbox up', 'PORT=3100 SIGNALBOX_DATA_DIR=/srv/signalbox signalbox up'],
  },
  {
    usage: 'server',
    summary: 'Start only the server: API and dashboard.',
    details: `${here} DATABASE_URL names the PostgreSQL of more than one machine.`,
    examples: ['DATABASE_URL=postgres://… signalbox server'],
  },
  {
    usage: 'worker',
    summary: 'Start only a worker: it takes jobs and runs them in sandboxes.',
    details: `${here} SIGNALBOX_WORKER_SLOTS says how many at once.`,
    examples: ['DATABASE_URL=postgres://… signalbox worker'],
  },
  {
    usage: 'db <verb> [name]',
    summary: 'Migrations and copies of the database: migrate, status, export, import, create-migration.',
    details: `${here} export FILE and import FILE move the rows between databases, also of other versions.`,
    examples: [
      'signalbox db export rows.tar',
      'DB_HOST=db.example signalbox db import rows.tar',
      'signalbox db status',
      'signalbox db migrate',
      'signalbox db create-migration "add labels"',
    ],
  },
  {
    usage: 'config',
    summary: 'Print every setting of the environment, its value here, and where that comes from.',
    details: `${here} Secrets are hidden.`,
    flags: [['--json', 'print it as JSON']],
    examples: ['signalbox config', 'DB_HOST=db.example signalbox config --json'],
  },
  {
    usage: 'backup <file>',
    summary: 'Copy database, repositories, blobs and keys into one archive, while work goes on.',
    details: `${here} In a folder, the archive gets a name with the time. Without a passphrase it is not sealed.`,
    flags: [['--passphrase-file <file>', 'seal it with the passphrase in this file']],
    examples: ['signalbox backup /backups', 'signalbox backup monday.tar --passphrase-file ~/passphrase'],
  },
  {
    usage: 'restore <file>',
    summary: 'Put an archive of "backup" into an empty data folder and database.',
    details: `${here} It is verified before anything is touched. What was live is deployed again.`,
    flags: [
      ['--passphrase-file <file>', 'the passphrase that sealed it'],
      ['--force', 'delete what is there, after naming it'],
    ],
    examples: ['SIGNALBOX_DATA_DIR=/srv/signalbox signalbox restore monday.tar'],
  },
  {
    usage: 'doctor',
    summary: 'Say what is wrong on this machine and how to mend it.',
    details: `${here} Ends with 1 when something is wrong.`,
    flags: [['--json', 'print the findings as JSON']],
    examples: ['signalbox doctor', 'signalbox doctor --json'],
  },
] as const

/** What the entry script hands on. */
export function addMachineCommands({ program, outcome }: Family): void {
  for (const command of commands) {
    addCommand(program, outcome, {
      ...command,
      json: false,
      async run() {
        const name = command.usage.split(' ')[0]
        throw new Failure('usage', `"${name}" is started by the entry script.`, {
          hint: `Run it as the first word: signalbox ${name}`,
        })
      },
    })
  }
}
