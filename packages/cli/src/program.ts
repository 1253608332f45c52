import { Command } from 'commander'
import { addProjectCommands } from './add-project-commands.ts'
import { addRunCommands } from './add-run-commands.ts'
import { addUpkeepCommands } from './add-upkeep-commands.ts'
import { answerInstead } from './answer-instead.ts'
import { addDocsWords } from './commands/docs.ts'
import { addSourceWords } from './commands/source.ts'
import { commandsOfDbt } from './commands-of-dbt.ts'
import type { Invocation } from './invocation.ts'
import { makeCommand } from './make-command.ts'

/**
 * The command line. Each command's module is loaded when it is called, so that `--help` costs nothing.
 * `done` receives the exit code.
 */
export function createProgram(invocation: Invocation, done: (code: number) => void): Command {
  const program = new Command('models')
    .description('Lands API records as bronze, and builds silver and gold tables in Postgres, incrementally.')
    .version(invocation.version, '-V, --version')
    .showHelpAfterError('Run the command with --help to see what it takes.')
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => invocation.terminal.out(text.replace(/\n$/, '')),
      writeErr: (text) => invocation.terminal.err(text.replace(/\n$/, '')),
      getOutHelpWidth: () => Math.min(100, invocation.terminal.columns),
      getErrHelpWidth: () => Math.min(100, invocation.terminal.columns),
    })
    .exitOverride()
    .addHelpText('after', mainHelp(invocation.commandName))

  const command = makeCommand(program, invocation, done)
  addRunCommands(command)

  const about = 'look after what lands: how old it is, what is missing, what was set aside'
  addSourceWords(program.command('source').summary(about).description(about), command)

  const written = 'write what tools that read dbt projects take'
  addDocsWords(program.command('docs').summary(written).description(written), command)

  addProjectCommands(command)
  addUpkeepCommands(command)

  for (const [name, advice] of Object.entries(commandsOfDbt)) {
    if (program.commands.some((one) => one.name() === name || one.aliases().includes(name))) continue
    answerInstead(program, name, `there is no command "${name}"`, advice)
  }
  return program
}

const mainHelp = (name: string) => `
Start here:
  ${name} run                       land everything and build every model
  ${name} run --select +patients    patients, and all that it stands on
  ${name} show patients             first rows of a model
  ${name} plan                      what a run would do, and why

Without DATABASE_URL all of it happens on an embedded PostgreSQL that starts by
itself. Exit codes: 0 all good, 1 a node failed or a file has errors, 2 could
not start, 130 interrupted.`
