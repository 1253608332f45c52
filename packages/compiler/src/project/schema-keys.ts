import * as z from 'zod'

/** The keys that a schema knows at `path`, and those of the `config:` beside them. `value`: what stands there, to choose between alternatives. */
export function keysOf(
  schema: z.ZodType,
  path: readonly PropertyKey[],
  value: object,
): { readonly known: readonly string[]; readonly config: readonly string[] } {
  let current: unknown[] = [schema]
  for (const part of path) current = current.flatMap(alternatives).map((option) => step(option, part))
  const written = Object.keys(value)
  const shapes = current
    .flatMap(alternatives)
    .filter((option) => option instanceof z.ZodObject)
    .map((object) => object.shape as Record<string, z.ZodType>)
    .sort((a, b) => written.filter((key) => key in b).length - written.filter((key) => key in a).length)
  const shape = shapes[0] ?? {}
  const config = alternatives(shape['config']).find((option) => option instanceof z.ZodObject)
  return { known: Object.keys(shape), config: config === undefined ? [] : Object.keys(config.shape) }
}

function step(schema: unknown, part: PropertyKey): unknown {
  if (schema instanceof z.ZodObject) return schema.shape[part as string]
  if (schema instanceof z.ZodArray) return schema.element
  if (schema instanceof z.ZodRecord) return schema.valueType
  return undefined
}

/** What a schema is beneath its wrappings; the options of a union. */
function alternatives(schema: unknown): unknown[] {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodLazy
  )
    return alternatives(schema.unwrap())
  if (schema instanceof z.ZodPipe) return alternatives(schema.in)
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(alternatives)
  return [schema]
}
