import type { Command } from 'commander'
import { answerInstead } from '../answer-instead.ts'
import { withSelection } from '../command-options.ts'
import type { MakeCommand } from '../make-command.ts'

/** `models docs <word>`. */
export function addDocsWords(docs: Command, command: MakeCommand): void {
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

  answerInstead(
    docs,
    'serve',
    'Strata has no documentation page of its own',
    "dbt's page reads what `models docs generate` writes: docs/artifacts.md tells how to open it.",
  )
}
