import { ConfigurationError } from '@strata/core'
import type { Command } from 'commander'

/** A command that people look for and that is not there: it stands in no list, and answers with what there is instead. */
export function answerInstead(parent: Command, name: string, message: string, hint: string): void {
  parent
    .command(name, { hidden: true })
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(() => {
      throw new ConfigurationError({ code: 'UNKNOWN_COMMAND', message, hint })
    })
}
