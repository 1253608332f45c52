import { type CommandExample, commandExamples } from '../../packages/cli/src/command-examples.ts'
import type { Invocation } from '../../packages/cli/src/invocation.ts'
import { createProgram } from '../../packages/cli/src/program.ts'
import { code, pageHead, table } from './markdown.ts'

type Command = ReturnType<typeof createProgram>
type Option = Command['options'][number]
type Argument = Command['registeredArguments'][number]

const terminal = { out() {}, err() {}, interactive: false, outIsTerminal: false, color: false, columns: 100 }

/** Every command of the command line with its arguments, options, defaults and examples. */
export function commandLinePage(): string {
  const program = createProgram(
    { terminal, version: '', commandName: 'models' } as unknown as Invocation,
    () => {},
  )
  const commands = program.commands
    .flatMap((one) => (one.commands.length === 0 ? [one] : one.commands))
    .filter(isShown)
  const common = commonOptions(commands)
  const selecting = selectionOptions(commands, common)
  const head = pageHead(
    'Command line',
    '`pnpm models <command>` in a clone of this repository, `models <command>` where the bundle is installed. Results go to stdout, progress and messages to stderr.\nExit codes: 0 all good, 1 a node failed or a file has errors, 2 could not start, 130 interrupted.',
  )
  return [
    head,
    table(
      ['command', 'does'],
      commands.map((one) => [
        `[${code(`models ${pathOf(one)}`)}](#models-${pathOf(one).replaceAll(' ', '-')})`,
        one.summary(),
      ]),
    ),
    '',
    `## Options of every command\n\n${optionTable(common)}\n`,
    `## Options that select\n\nOf the commands that say so ([selection](../selection.md)).\n\n${optionTable(selecting)}\n`,
    ...commands.map((one) => renderCommand(one, common, selecting)),
  ].join('\n')
}

function renderCommand(command: Command, common: readonly Option[], selecting: readonly Option[]): string {
  const path = pathOf(command)
  const flags = new Set(command.options.map((one) => one.flags))
  const selects = selecting.every((one) => flags.has(one.flags))
  const known = new Set([...common, ...(selects ? selecting : [])].map((one) => one.flags))
  const own = command.options.filter((one) => !one.hidden && !known.has(one.flags))
  const words = command.registeredArguments.map((one) =>
    one.required ? `<${one.name()}>` : `[${one.name()}]`,
  )
  const parts = [
    `## models ${path}`,
    `${sentence(command.description())}${selects ? ' Takes the [options that select](#options-that-select).' : ''}`,
    `    models ${[path, ...words, '[options]'].join(' ')}`,
  ]
  const aliases = command.aliases()
  if (aliases.length > 0) parts.push(`Also \`models ${aliases.join('`, `models ')}\`.`)
  if (command.registeredArguments.length > 0)
    parts.push(table(['argument', 'is', 'default'], command.registeredArguments.map(argumentRow)))
  if (own.length > 0) parts.push(optionTable(own))
  parts.push(...(commandExamples[path] ?? []).map(renderExample))
  return `${parts.join('\n\n')}\n`
}

function renderExample({ line, does, needs }: CommandExample): string {
  const notRun = needs === undefined ? '' : `<!-- not run: needs ${needs} -->\n`
  return `${sentence(does)}\n\n${notRun}\`\`\`console\n$ pnpm ${line}\n\`\`\``.replace(
    /\$ pnpm psql (.*)models/,
    '$ psql $1pnpm -s models',
  )
}

/** What each of them has. */
function commonOptions(commands: readonly Command[]): readonly Option[] {
  const [first, ...others] = commands
  return first!.options.filter(
    (option) =>
      !option.hidden && others.every((one) => one.options.some((other) => other.flags === option.flags)),
  )
}

/** What those have that select nodes. */
function selectionOptions(commands: readonly Command[], common: readonly Option[]): readonly Option[] {
  const selecting = commands.filter((one) => one.options.some((option) => option.long === '--selector'))
  return commonOptions(selecting).filter((option) => common.every((other) => other.flags !== option.flags))
}

function optionTable(options: readonly Option[]): string {
  return table(['option', 'does', 'default'], options.map(optionRow))
}

function optionRow({ flags, description, argChoices, defaultValue, negate }: Option): readonly string[] {
  const choices = argChoices === undefined ? '' : `: ${argChoices.map(code).join(', ')}`
  const standing = negate || defaultValue === undefined ? '' : code(String(defaultValue))
  return [code(flags), plain(`${description}${choices}`), standing]
}

function argumentRow(argument: Argument): readonly string[] {
  const standing = argument.defaultValue === undefined ? '' : code(String(argument.defaultValue))
  return [code(argument.name()), plain(argument.description), argument.required ? 'needed' : standing]
}

function isShown(command: Command): boolean {
  return !(command as unknown as { readonly _hidden: boolean })._hidden
}

function pathOf(command: Command): string {
  const parent = command.parent
  return parent === null || parent.parent === null ? command.name() : `${parent.name()} ${command.name()}`
}

function plain(text: string): string {
  return text.replaceAll('<', '\\<').replaceAll('*', '\\*')
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`
}
