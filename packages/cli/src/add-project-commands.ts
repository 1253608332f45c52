import { Option } from 'commander'
import { positiveInteger, withFindingsForm, withSelection } from './command-options.ts'
import type { MakeCommand } from './make-command.ts'

/** The commands that show what a project says and what a run would do, and change nothing. */
export function addProjectCommands(command: MakeCommand): void {
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

  withFindingsForm(
    withSelection(
      command(
        'lint',
        'find what is allowed and seldom meant in the SQL and the properties; needs no database',
        async () => (await import('./commands/lint.ts')).lintCommand,
      ),
    ),
  )
    .option('--rule <rule...>', 'look for these alone: select-star, unused-cte …')
    .option('--strict', 'fail on warnings too')

  withFindingsForm(
    withSelection(
      command(
        'check',
        'find mistakes before anything runs: type every model on an empty database',
        async () => (await import('./commands/check.ts')).checkCommand,
      ),
    ),
  )
    .option('--on-server', 'on the server of the target, in schemas that are dropped afterwards')
    .option('--fresh', 'ask again also of what was right the last time')

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
}
