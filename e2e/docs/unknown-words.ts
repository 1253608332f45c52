import type { Invocation } from '../../packages/cli/src/invocation.ts'
import { createProgram } from '../../packages/cli/src/program.ts'

type Command = ReturnType<typeof createProgram>

const terminal = { out() {}, err() {}, interactive: false, outIsTerminal: false, color: false, columns: 80 }

/** Of a command that stands within a sentence: its words and options that the command line does not know. */
export function unknownWords(text: string): readonly string[] {
  const program = createProgram(
    { terminal, version: '', commandName: 'models' } as unknown as Invocation,
    () => {},
  )
  const words = text.split(/\s+/).slice(1)
  let command: Command = program
  for (const word of words) {
    const next = command.commands.find((one) => one.name() === word || one.aliases().includes(word))
    if (next === undefined) break
    command = next
  }
  if (command === program && /^[a-z]/.test(words[0] ?? '')) return [words[0]!]
  const known = new Set(
    [program, command].flatMap((one) => one.options.flatMap(({ long, short }) => [long, short])),
  )
  return words
    .map((word) => /^(--[a-z][a-z-]*|-[a-z])(?=$|=)/.exec(word)?.[1])
    .filter((option): option is string => option !== undefined && option !== '--help' && !known.has(option))
}
