import { describe, expect, it } from 'vitest'
import { commandsOfDbt } from './commands-of-dbt.ts'
import type { Invocation } from './invocation.ts'
import { createProgram } from './program.ts'

const terminal = { out() {}, err() {}, interactive: false, outIsTerminal: false, color: false, columns: 80 }
const invocation = { terminal, version: '1', commandName: 'models' } as unknown as Invocation

describe('a command that people know from dbt', () => {
  const program = () => createProgram(invocation, () => {})
  const known = new Set(program().commands.flatMap((one) => [one.name(), ...one.aliases()]))

  it.each([['parse', '--no-partial-parse'], ['init', '--help'], ['clone']])(
    '%s answers with what there is instead',
    async (...words) => {
      await expect(program().parseAsync(['node', 'models', ...words])).rejects.toMatchObject({
        code: 'UNKNOWN_COMMAND',
        message: `there is no command "${words[0]}"`,
        hint: commandsOfDbt[words[0]!],
      })
    },
  )

  it.each(['build', 'clean', 'compile', 'debug', 'deps', 'list', 'ls', 'retry', 'run', 'run-operation'])(
    '%s is either there or answers',
    (name) => expect(known).toContain(name),
  )

  it('is in no list of commands', () => {
    expect(program().helpInformation()).not.toMatch(/^ {2}(parse|clone)\b/m)
  })
})
