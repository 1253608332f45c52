import { ConfigurationError } from '@strata/core'
import type { Command } from 'commander'
import type { MakeCommand } from '../program.ts'

/** `models docs <word>`. */
export function addDocsWords(
  docs: Command,
  command: MakeCommand,
  withSelection: (word: Command) => Command,
): void {
  withSelection(
    command(
      'generate',
      'write target/manifest.json, and target/catalog.json with what is in the database',
      async () => (await import('./docs-generate.ts')).docsGenerateCommand,
      docs,
    ),
  )
    .option('--empty-catalog', 'ask nothing of the database')
    .addHelpText(
      'after',
      '\nThe page that shows them is that of dbt: docs/artifacts.md tells how to open it.',
    )

  docs
    .command('serve', { hidden: true })
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(() => {
      throw new ConfigurationError({
        code: 'UNKNOWN_COMMAND',
        message: 'Strata has no documentation page of its own',
        hint: "dbt's page reads what `models docs generate` writes: docs/artifacts.md tells how to open it.",
      })
    })
}
