import type { Command } from 'commander'
import { exampleHelp } from './command-examples.ts'
import { withCommonOptions } from './command-options.ts'
import type { Invocation } from './invocation.ts'

type Action<Options> = (invocation: Invocation, options: Options, ...words: string[]) => Promise<number>

/** Makes a command with the options that all have; `parent`: of which it is a word. */
export type MakeCommand = <Options>(
  name: string,
  summary: string,
  load: () => Promise<Action<Options>>,
  parent?: Command,
) => Command

/** A command's module is loaded when it is called, so that `--help` costs nothing. `done` receives the exit code. */
export function makeCommand(
  program: Command,
  invocation: Invocation,
  done: (code: number) => void,
): MakeCommand {
  return <Options>(
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
}
