import { ConfigurationError } from '@strata/core'
import type { Command } from 'commander'
import { withSelection } from '../command-options.ts'
import type { MakeCommand } from '../make-command.ts'

/** `models source <word>`: looks after what lands. The module of a word is loaded when it is called. */
export function addSourceWords(source: Command, command: MakeCommand): void {
  withSelection(
    command(
      'freshness',
      'how old the sources are, and whether that is too old',
      async () => (await import('./source-freshness.ts')).sourceFreshnessCommand,
      source,
    ),
  ).option('-o, --output <file>', 'where the results go; target/sources.json by default')

  withSelection(
    command(
      'status',
      'when each job last landed everything, what is missing and what was set aside',
      async () => (await import('./source-status.ts')).sourceStatusCommand,
      source,
    ),
  )
    .argument('[source...]', 'sources, or tables of them: crm, crm.visits')
    .addHelpText('after', '\nOf a single table the slices that fail are told too.')

  withSelection(
    command(
      'probe',
      'what the endpoints of a source support: paging, order, filters, the change time',
      async () => (await import('./source-probe.ts')).sourceProbeCommand,
      source,
    ),
  )
    .argument('<source>', 'a source, or one of its tables: crm, crm.visits')
    .option('--instance <name...>', 'only these instances, by name or id')
    .option('--dry-run', 'remember nothing')
    .option('--simulate <source...>', 'serve these sources from the built-in simulator')

  command(
    'analyze',
    'look at the tables of a database and their values, and propose how they land',
    async () => (await import('./source-analyze.ts')).sourceAnalyzeCommand,
    source,
  )
    .argument('<source>', 'a source with a connector of the kind mysql or postgres; it needs no tables yet')
    .option('--tables <pattern...>', 'only these tables there, with * and ?')
    .option('--instance <name>', 'this instance, by name or id; the first by default')
    .option('--timeout <duration>', 'look no longer than that: 90s, 10m', '5m')
    .option(
      '--statement-timeout <duration>',
      'and at one statement no longer than that; 30s, with --verify 60s',
    )
    .option('--output <file>', 'write a whole source to this new file')
    .option(
      '--verify',
      'compare rows with how they were at the last time, to prove which columns tell of changes',
    )
    .option('--wait <duration>', 'with --verify: do it twice, with so much time between')

  withSelection(
    command(
      'replay',
      'land what was set aside in strata.dead_letters, by today’s rules',
      async () => (await import('./source-replay.ts')).sourceReplayCommand,
      source,
    ),
  )
    .argument('[source]', 'a source, or one of its tables: crm, crm.visits')
    .option('--reason <reason>', 'only what was set aside for this reason')
    .option('--id <id...>', 'only these letters, by their id')
    .option('--dismiss', 'land nothing: close them, for nobody will')
    .option('--dry-run', 'say what would happen to them, and do nothing')
    .option('--simulate <source...>', 'serve these sources from the built-in simulator')

  command(
    'take-over',
    'make the bronze tables that another loader left into ones that jobs land in',
    async () => (await import('./source-take-over.ts')).sourceTakeOverCommand,
    source,
  )
    .argument('<source>', 'the source whose jobs are to land in them')
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--instance <name>', 'the instance, by name or id, of rows that do not say')

  source
    .argument('[word]')
    .usage('<word> [options]')
    .allowUnknownOption()
    .allowExcessArguments()
    .action((word: string | undefined) => {
      if (word === undefined) return source.outputHelp()
      throw unknownWord(word, source)
    })
}

function unknownWord(word: string, source: Command): ConfigurationError {
  const words = source.commands.map((one) => one.name())
  return new ConfigurationError({
    code: 'UNKNOWN_COMMAND',
    message: `there is no command "source ${word}"`,
    hint: `There is ${words.join(', ')}: \`models source --help\` says what each does.`,
  })
}
