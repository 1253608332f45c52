import { ConfigurationError, type Json, StrataError } from '@strata/core'
import { askOn } from '@strata/runner'
import { createColors } from 'picocolors'
import { parse as parseYaml } from 'yaml'
import { connectDatabase } from '../database-connection.ts'
import { type CommonOptions, exitCodes, type Invocation } from '../invocation.ts'
import { renderError } from '../reporters/render-error.ts'
import { openWorkspace } from '../workspace.ts'

interface OperationOptions extends CommonOptions {
  readonly args?: string
  readonly sql?: string
}

/** `models run-operation`: calls a macro, whose questions and commands each take effect at once; or runs `--sql`. */
export async function runOperationCommand(
  invocation: Invocation,
  options: OperationOptions,
  macro?: string,
): Promise<number> {
  if ((macro === undefined) === (options.sql === undefined)) {
    throw new ConfigurationError({
      code: 'NOTHING_TO_RUN',
      message: 'run-operation needs the name of a macro, or --sql',
      hint: 'Write models run-operation grant_select --args "{role: reporter}".',
    })
  }
  const workspace = await openWorkspace(invocation, options, { command: 'run-operation' })
  if (workspace === null) return exitCodes.failed
  const args = parseArgs(options.args)
  const connection = await connectDatabase(workspace)
  try {
    await connection.database.session(
      async (session) => {
        const { late } = workspace.compilation
        if (macro !== undefined) await late.operation(macro, args, askOn(session))
        else {
          const sql = await late.text(options.sql ?? '', askOn(session))
          if (sql !== '') await session.query({ text: sql, script: true })
        }
      },
      { signal: invocation.signal },
    )
    return exitCodes.success
  } catch (error) {
    if (!(error instanceof StrataError) || error instanceof ConfigurationError) throw error
    if (invocation.signal.aborted) return exitCodes.interrupted
    const { terminal, commandName } = invocation
    const columns = terminal.outIsTerminal ? terminal.columns : null
    terminal.err(renderError('Failed', error, { colors: createColors(terminal.color), columns, commandName }))
    return exitCodes.failed
  } finally {
    await connection.close()
  }
}

function parseArgs(text: string | undefined): { readonly [name: string]: Json } {
  if (text === undefined) return {}
  let value: unknown
  try {
    value = parseYaml(text)
  } catch (cause) {
    throw badArgs((cause as Error).message.split('\n')[0]!)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badArgs('it is not a mapping')
  const wrong = Object.keys(value).find((name) => !/^[A-Za-z_]\w*$/.test(name))
  if (wrong !== undefined) throw badArgs(`"${wrong}" is no name of an argument`)
  return value as { readonly [name: string]: Json }
}

function badArgs(reason: string): ConfigurationError {
  return new ConfigurationError({
    code: 'BAD_ARGS',
    message: `cannot read --args: ${reason}`,
    hint: 'Write it as YAML or JSON: --args "{name: value}"',
  })
}
