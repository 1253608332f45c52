import type { MakeCommand } from './make-command.ts'

/** The commands around a project: its packages, its macros, its databases and its folders. */
export function addUpkeepCommands(command: MakeCommand): void {
  command(
    'deps',
    'install the packages that packages.yml lists',
    async () => (await import('./commands/deps.ts')).depsCommand,
  )
    .option('--upgrade', 'take the newest versions that packages.yml allows')
    .option('--lock', 'write package-lock.yml and install nothing')
    .option('--add-package <name@version>', 'add this package to packages.yml first')
    .option('--source <source>', 'where the added package comes from: hub, git or local', 'hub')

  command(
    'run-operation',
    'call a macro',
    async () => (await import('./commands/run-operation.ts')).runOperationCommand,
  )
    .argument('[macro]', 'its name: macro, or package.macro')
    .option('--args <yaml>', 'its arguments by name: "{role: reporter}"')
    .option('--sql <sql>', 'run this SQL instead; ref() and source() work in it')

  command(
    'debug',
    'check the machine, the project, the database and the sources',
    async () => (await import('./commands/debug.ts')).debugCommand,
  )

  command(
    'clean',
    'delete target/; with --target, drop what that target built',
    async () => (await import('./commands/clean.ts')).cleanCommand,
  )

  command(
    'db',
    'the embedded PostgreSQL server: start, stop, status, url, reset',
    async () => (await import('./commands/db.ts')).dbCommand,
  )
    .argument('<action>', 'start, stop, status, url or reset')
    .option('--force', 'stop the server although others are connected')
    .option('--yes', 'reset without asking')
    .addHelpText(
      'after',
      '\nThe server starts by itself when a command needs it, and stops a while after the last one has gone.',
    )
}
