import { positiveInteger, withRunOptions, withSelection } from './command-options.ts'
import type { MakeCommand } from './make-command.ts'

/** The commands that land, build and test, and the history of what they did. */
export function addRunCommands(command: MakeCommand): void {
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
}

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
