import { type Command, InvalidArgumentError, Option } from 'commander'

export function withCommonOptions(command: Command): Command {
  return command
    .addOption(
      new Option('-t, --target <name>', 'the database and schema prefix to work on').default('default'),
    )
    .option('--vars <yaml>', 'values for var(), as YAML: "{start: 2024-01-01}"')
    .option('--threads <count>', 'steps at once', positiveInteger)
    .option('--project-dir <folder>', 'where strata.yml is; the working directory by default')
    .option('-q, --quiet', 'print failures only')
    .option('--json', 'print one JSON event a line')
    .option('--no-color', 'print without colours')
}

export function withSelection(command: Command): Command {
  return command
    .option('-s, --select <selector...>', 'what to work on; everything by default')
    .option('--exclude <selector...>', 'what to leave out')
    .option('--selector <name>', 'a selection of selectors.yml, in the place of --select and --exclude')
    .option('--resource-type <type...>', 'only nodes of these types: model, seed, source, job, test …')
    .option('--exclude-resource-type <type...>', 'no nodes of these types')
    .addOption(
      new Option(
        '--indirect-selection <mode>',
        'which tests come along with the nodes that they read',
      ).choices(['eager', 'cautious', 'buildable', 'empty']),
    )
    .option(
      '--state <folder>',
      'artifacts of an earlier run, for state:, result: and --defer; db:TARGET for what the database keeps of a target',
    )
    .option('--defer', 'read what is neither selected nor built from where --state has it')
    .option('--no-defer', 'undo --defer')
    .option('--favor-state', 'with --defer: read from there also what is built here')
}

export function withRunOptions(command: Command): Command {
  return command
    .option('--full-refresh', 'rebuild incremental models from all rows')
    .option('--allow-empty', 'let a rebuild leave an incremental model without the rows that it had')
    .option(
      '--event-time-start <time>',
      'of models in batches, do exactly those from this time on (ISO 8601, UTC)',
    )
    .option('--event-time-end <time>', 'up to this time; by default up to now')
    .option('--fail-fast', 'stop at the first failure')
    .option('--extract', 'land every job, also those that the selection does not reach')
    .option('--no-extract', 'land nothing; build from what is in bronze')
    .option('--simulate <source...>', 'serve these sources from the built-in simulator')
}

export function withFindingsForm(command: Command): Command {
  return command.addOption(
    new Option('--format <form>', 'how to print what is found: github is for annotations of a pull request')
      .choices(['text', 'github'])
      .default('text'),
  )
}

export function positiveInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('It must be a whole number above 0.')
  return value
}
