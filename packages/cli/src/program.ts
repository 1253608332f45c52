import { ConfigurationError } from '@strata/core'
import { Command, Option } from 'commander'
import { exampleHelp } from './command-examples.ts'
import { positiveInteger, withCommonOptions, withRunOptions, withSelection } from './command-options.ts'
import { addDocsWords } from './commands/docs.ts'
import { addSourceWords } from './commands/source.ts'
import { commandsOfDbt } from './commands-of-dbt.ts'
import type { Invocation } from './invocation.ts'

type Action<Options> = (invocation: Invocation, options: Options, ...words: string[]) => Promise<number>

/** Makes a command with the options that all have; `parent`: of which it is a word. */
export type MakeCommand = <Options>(
  name: string,
  summary: string,
  load: () => Promise<Action<Options>>,
  parent?: Command,
) => Command

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

  const command: MakeCommand = <Options>(
    name: string,
    summary: string,
    load: () => Promise<Action<Options>>,
    parent = program,
  ): Command => {
    const created = parent.command(name).summary(summary).description(summary)
    created.exitOverride()
    created.addHelpText('after', exampleHelp(parent === program ? name : `${parent.name()} ${name}`))
    created.action(async (...parameters: unknown[]) => {
      const options = created.optsWithGlobals<Options & object>()
      const words = parameters
        .slice(0, -2)
        .flat()
        .filter((word): word is string => typeof word === 'string')
      const action = await load()
      const targetGiven = created.getOptionValueSource('target') === 'cli'
      done(await action(invocation, { ...options, targetGiven }, ...words))
    })
    return withCommonOptions(created)
  }

  withRunOptions(
    withSelection(
      command(
        'run',
        'land what is needed and build the selected models',
        async () => (await import('./commands/run.ts')).runCommand,
      ),
    ),
  )
    .option('--plan <file>', 'do what a file says that models plan --json wrote, and nothing else')
    .addHelpText('after', runHelp)

  withRunOptions(
    withSelection(
      command(
        'build',
        'run, with seeds, snapshots and tests: bad data is not published',
        async () => (await import('./commands/build.ts')).buildCommand,
      ),
    ),
  )
    .option('--store-failures', 'keep the failing rows of tests in tables')
    .option('--plan <file>', 'do what a file says that models plan build --json wrote, and nothing else')

  command(
    'retry',
    'do again what failed, was skipped or was interrupted in the last run',
    async () => (await import('./commands/retry.ts')).retryCommand,
  )
    .option('--full-refresh', 'rebuild incremental models from all rows')
    .option('--fail-fast', 'stop at the first failure')
    .addHelpText('after', retryHelp)

  command(
    'runs',
    'the runs of the target, its failures and its slowest steps',
    async () => (await import('./commands/runs.ts')).runsCommand,
  )
    .argument('[run]', 'the steps of this run: the beginning of its id')
    .option('--failures', 'what failed, and how')
    .option('--slowest', 'what takes the longest')
    .option('--rates', 'how often each node succeeds')
    .option('--last <runs>', 'how many runs to look at', positiveInteger, 20)
    .option('--jobs', 'the runs of jobs: what landed; with the others, over the last 7 days')

  withSelection(
    command('extract', 'land jobs only', async () => (await import('./commands/extract.ts')).extractCommand),
  )
    .option('--full-refresh', 'read everything again, whatever was consumed before')
    .option('--instance <name...>', 'only these instances, by name or id')
    .option('--since <time>', 'backfill: what changed from this time on (ISO 8601, UTC); moves no watermark')
    .option('--until <time>', 'backfill: up to this time')
    .option('--simulate <source...>', 'serve these sources from the built-in simulator')

  withSelection(
    command(
      'test',
      'run the data tests and unit tests of the selection',
      async () => (await import('./commands/test.ts')).testCommand,
    ),
  )
    .option('--fail-fast', 'stop at the first failure')
    .option('--store-failures', 'keep the failing rows of data tests in tables')

  withSelection(
    command(
      'seed',
      'load the CSV files of the seed folders',
      async () => (await import('./commands/seed.ts')).seedCommand,
    ),
  )
    .option('--full-refresh', 'load them also where nothing changed')
    .option('--fail-fast', 'stop at the first failure')
    .option('--show', 'print the first rows of each')

  withSelection(
    command(
      'snapshot',
      'take the snapshots: keep each version of the rows of a source',
      async () => (await import('./commands/snapshot.ts')).snapshotCommand,
    ),
  )
    .option('--take-over', 'go on with tables of snapshots that dbt or another target began')
    .option('--allow-empty', 'let hard_deletes close every row where a SELECT yields none')
    .option('--fail-fast', 'stop at the first failure')

  const about = 'look after what lands: how old it is, what is missing, what was set aside'
  addSourceWords(program.command('source').summary(about).description(about), command, withSelection)

  const written = 'write what tools that read dbt projects take'
  addDocsWords(program.command('docs').summary(written).description(written), command, withSelection)

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

  withSelection(
    command(
      'plan',
      'show what run would do and why; touches nothing',
      async () => (await import('./commands/plan.ts')).planCommand,
    ),
  )
    .argument('[command]', 'run, build, seed or snapshot', 'run')
    .option('--full-refresh', 'as for run')
    .option('--allow-empty', 'as for run')
    .option('--event-time-start <time>', 'as for run')
    .option('--event-time-end <time>', 'as for run')
    .option('--extract', 'as for run')
    .option('--no-extract', 'as for run')

  withSelection(
    command(
      'compile',
      'write the finished SQL to target/compiled; needs no database',
      async () => (await import('./commands/compile.ts')).compileCommand,
    ),
  ).option('--inline <sql>', 'compile this text instead, and print it')

  withSelection(
    command(
      'lint',
      'find what is allowed and seldom meant in the SQL and the properties; needs no database',
      async () => (await import('./commands/lint.ts')).lintCommand,
    ),
  )
    .option('--rule <rule...>', 'look for these alone: select-star, unused-cte …')
    .option('--strict', 'fail on warnings too')
    .addOption(
      new Option('--format <form>', 'how to print what is found: github is for annotations of a pull request')
        .choices(['text', 'github'])
        .default('text'),
    )

  withSelection(
    command(
      'check',
      'find mistakes before anything runs: type every model on an empty database',
      async () => (await import('./commands/check.ts')).checkCommand,
    ),
  )
    .option('--on-server', 'on the server of the target, in schemas that are dropped afterwards')
    .option('--fresh', 'ask again also of what was right the last time')
    .addOption(
      new Option('--format <form>', 'how to print what is found: github is for annotations of a pull request')
        .choices(['text', 'github'])
        .default('text'),
    )

  withSelection(
    command(
      'lineage',
      'where columns come from, down to sources and seeds; needs no database',
      async () => (await import('./commands/lineage.ts')).lineageCommand,
    ),
  )
    .argument('[column...]', 'model.column, schema.model.column; a model alone: all of its columns')
    .option(
      '--depth <steps>',
      'how far down; by default all the way, one step for whole models',
      positiveInteger,
    )
    .option('--direct-only', 'leave out what only decides on values and rows')

  command(
    'impact',
    'what breaks or changes when a column does; needs no database',
    async () => (await import('./commands/impact.ts')).impactCommand,
  ).argument('[column]', 'model.column, source.table.column, or source.table.data->member')

  withSelection(
    command(
      'types',
      'TypeScript types of the rows of models, seeds and snapshots',
      async () => (await import('./commands/types.ts')).typesCommand,
    ),
  )
    .addOption(
      new Option('--for <library>', 'what reads the rows: kysely gets a Database of all relations as well')
        .choices(['pg', 'kysely'])
        .default('pg'),
    )
    .option('--output <file>', 'where to write them; by default they are printed')
    .option('--trust-tests', 'columns with a data test not_null are never null')

  withSelection(
    command(
      'list',
      'list what a selection picks',
      async () => (await import('./commands/list.ts')).listCommand,
    ),
  )
    .alias('ls')
    .addOption(
      new Option('--output <form>', 'what to print of each node')
        .choices(['name', 'path', 'json', 'selector'])
        .default('name'),
    )

  command(
    'show',
    'print the first rows of a model',
    async () => (await import('./commands/show.ts')).showCommand,
  )
    .argument('[model]', 'the model to show')
    .option('-s, --select <model>', 'the model to show, as an option')
    .option('--inline <sql>', 'show the rows of this SQL instead; ref() and source() work in it')
    .option('--limit <rows>', 'how many rows', positiveInteger, 5)
    .option('--failures', 'of a data test, the failing rows that were kept of its last run')

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

  for (const [name, advice] of Object.entries(commandsOfDbt)) {
    if (program.commands.some((one) => one.name() === name || one.aliases().includes(name))) continue
    program
      .command(name, { hidden: true })
      .helpOption(false)
      .allowUnknownOption()
      .allowExcessArguments()
      .action(() => {
        throw new ConfigurationError({
          code: 'UNKNOWN_COMMAND',
          message: `there is no command "${name}"`,
          hint: advice,
        })
      })
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

const retryHelp = `
The options of the last run hold again: --vars, --full-refresh, --simulate and the others. What is given
here stands in their place.`

const runHelp = `
Selectors:
  patients          one model                +patients     with all that it stands on
  patients+         with all that reads it   2+patients    with two levels above
  tag:daily         by tag                   path:models/gold
  a b               either                   a,b           both

Jobs that the selection reaches through + land first. Targets other than the default read the
bronze that is there, unless --extract is given.`
