import { type HostArguments, TemplateError, type Value } from '../template/index.ts'

/** The argument at a place or of a name; undefined where neither is given. */
export function argument(args: HostArguments, index: number, name: string): Value | undefined {
  const positional = args.positional[index]
  // None is an argument as any other.
  return positional === undefined ? args.keyword.get(name) : positional
}

/** The same, as a text. Throws `TemplateError` for anything else. */
export function textArgument(args: HostArguments, index: number, name: string, caller: string): string {
  const value = argument(args, index, name)
  if (typeof value === 'string') return value
  throw new TemplateError(`${caller}() needs ${name} as a text`, {
    code: 'TEMPLATE_ARGUMENTS',
    hint: `Put quotes around the ${name}: ${caller}('…').`,
  })
}
