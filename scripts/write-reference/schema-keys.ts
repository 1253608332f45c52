/** JSON Schema as `jsonSchemas()` writes it. */
export interface JsonSchema {
  readonly $ref?: string
  readonly allOf?: readonly JsonSchema[]
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly properties?: { readonly [key: string]: JsonSchema }
  readonly additionalProperties?: JsonSchema | boolean
  readonly required?: readonly string[]
  readonly items?: JsonSchema
  readonly description?: string
  readonly default?: unknown
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly definitions?: { readonly [name: string]: JsonSchema }
}

/** One key that a file may have, with all that its schema says. */
export interface SchemaKey {
  /** `connector.instances[].id` */
  readonly path: string
  readonly takes: string
  readonly isRequired: boolean
  /** As YAML; empty where there is none. */
  readonly standsFor: string
  readonly description: string
}

/** A part of the schemas that has a table of its own, so that others only name it. */
export interface SchemaPart {
  readonly title: string
  readonly schema: JsonSchema
}

/** The keys of a mapping and of the mappings in it, but for those of `parts`, which are linked to by `link`. */
export function schemaKeys(
  schema: JsonSchema,
  root: JsonSchema,
  parts: readonly SchemaPart[],
  link: (title: string) => string,
): readonly SchemaKey[] {
  const titles = new Map(parts.map((part) => [fingerprint(part.schema, root), part.title]))
  const own = fingerprint(schema, root)
  const inside: string[] = []

  function below(of: JsonSchema, prefix: string): readonly SchemaKey[] {
    const print = fingerprint(of, root)
    // A definition may hold definitions.
    if (inside.includes(print)) return []
    inside.push(print)
    const keys = keysBelow(of, prefix)
    inside.pop()
    return keys
  }

  function keysBelow(of: JsonSchema, prefix: string): readonly SchemaKey[] {
    const mappings = mappingsOf(of, root)
    return [
      ...mappings.flatMap((mapping) =>
        Object.entries(mapping.properties ?? {}).flatMap(([name, value]) =>
          keysOf(
            `${prefix}${name}`,
            value,
            mappings.every((one) => one.required?.includes(name)),
          ),
        ),
      ),
      ...alternatives(of, root).flatMap(({ additionalProperties: each }) =>
        typeof each === 'object' && !isVariable(each) ? below(each, `${prefix}‹name›.`) : [],
      ),
    ]
  }

  function keysOf(path: string, value: JsonSchema, isRequired: boolean): readonly SchemaKey[] {
    const standing = attribute(value, root, 'default')
    const common = {
      path,
      isRequired: isRequired && standing === undefined,
      standsFor: standing === undefined || standing === null ? '' : JSON.stringify(standing),
      description: String(attribute(value, root, 'description') ?? ''),
    }
    const whole = titleOf(value)
    if (whole !== null) return [{ ...common, takes: link(whole) }]
    const listed = alternatives(value, root).find((one) => one.type === 'array')?.items
    const each = listed === undefined ? null : titleOf(listed)
    if (each !== null) return [{ ...common, takes: `list of ${link(each)}` }]
    return [
      { ...common, takes: takes(value, root) },
      ...(isVariable(value) ? [] : below(value, `${path}.`)),
      ...(listed === undefined ? [] : below(listed, `${path}[].`)),
    ]
  }

  /** `{ env: NAME }` is told as a form of the value. */
  function isVariable(value: JsonSchema): boolean {
    const mappings = mappingsOf(value, root)
    return (
      mappings.length > 0 &&
      mappings.every(({ properties }) => Object.keys(properties ?? {}).join() === 'env')
    )
  }

  function titleOf(value: JsonSchema): string | null {
    for (const one of [value, ...alternatives(value, root)]) {
      const print = fingerprint(one, root)
      if (print !== own && titles.has(print)) return titles.get(print)!
    }
    return null
  }

  return merged(below(schema, ''))
}

/** What stands at a path of a schema, such as `models[].columns[]`. */
export function schemaAt(root: JsonSchema, path: string): JsonSchema {
  return path.split('.').reduce<JsonSchema>((schema, step) => {
    const name = step.replace(/\[(\d*)\]$/, '')
    const value = mappingsOf(schema, root).find((one) => one.properties?.[name] !== undefined)?.properties?.[
      name
    ]
    if (value === undefined) throw new Error(`the schema has nothing at ${path}: ${name} is not there`)
    if (!step.endsWith(']')) return value
    const items = alternatives(value, root).find((one) => one.type === 'array')?.items
    if (items === undefined) throw new Error(`the schema has no list at ${path}`)
    const choice = /\[(\d+)\]$/.exec(step)?.[1]
    const chosen = choice === undefined ? items : alternatives(items, root)[Number(choice)]
    if (chosen === undefined) throw new Error(`the list at ${path} has no form ${choice}`)
    return chosen
  }, root)
}

/** Of several forms of a mapping the same key is told once. */
function merged(keys: readonly SchemaKey[]): readonly SchemaKey[] {
  const byPath = new Map<string, SchemaKey>()
  for (const key of keys) {
    const before = byPath.get(key.path)
    byPath.set(
      key.path,
      before === undefined
        ? key
        : {
            ...before,
            takes: [...new Set([...before.takes.split(', '), ...key.takes.split(', ')])].join(', '),
            description: before.description || key.description,
          },
    )
  }
  return [...byPath.values()]
}

/** The forms that a value may have, without null, and without templates where something else may stand. */
function alternatives(schema: JsonSchema, root: JsonSchema): readonly JsonSchema[] {
  const inner = [
    schema.$ref === undefined ? null : resolved(schema.$ref, root),
    ...(schema.allOf ?? []),
  ].filter((one): one is JsonSchema => one !== null)
  const several = schema.anyOf ?? schema.oneOf
  if (several !== undefined) return several.flatMap((one) => alternatives(one, root))
  if (
    schema.type === undefined &&
    schema.enum === undefined &&
    schema.const === undefined &&
    inner.length > 0
  )
    return inner.flatMap((one) => alternatives(one, root))
  return schema.type === 'null' ? [] : [schema]
}

function mappingsOf(schema: JsonSchema, root: JsonSchema): readonly JsonSchema[] {
  return alternatives(schema, root).filter((one) => one.properties !== undefined)
}

function takes(schema: JsonSchema, root: JsonSchema): string {
  const words = alternatives(schema, root).flatMap((one): readonly string[] => {
    if (one.enum !== undefined) return one.enum.map((value) => `\`${value}\``)
    if (one.const !== undefined) return [`\`${one.const}\``]
    switch (one.type) {
      case 'string':
        return one.pattern?.includes('\\{\\{|') ? [] : ['text']
      case 'boolean':
        return ['flag']
      case 'integer':
        return ['whole number']
      case 'number':
        return ['number']
      case 'array': {
        const of = one.items === undefined ? '' : takes(one.items, root)
        return [of === '' || of === 'anything' ? 'list' : `list of ${of.replaceAll(', ', ' or ')}`]
      }
      case 'object':
        return [Object.keys(one.properties ?? {}).join() === 'env' ? '`{ env: NAME }`' : 'mapping']
      default:
        return ['anything']
    }
  })
  return [...new Set(words)].join(', ')
}

/** The first that says it, from the outside in. */
function attribute(schema: JsonSchema, root: JsonSchema, name: 'description' | 'default'): unknown {
  if (schema[name] !== undefined) return schema[name]
  const inner = [
    ...(schema.$ref === undefined ? [] : [resolved(schema.$ref, root)]),
    ...(schema.allOf ?? []),
    ...(schema.anyOf ?? []).filter((one) => one.type !== 'null'),
  ]
  if (schema.anyOf !== undefined && inner.length !== 1) return undefined
  return inner.map((one) => attribute(one, root, name)).find((value) => value !== undefined)
}

function resolved(reference: string, root: JsonSchema): JsonSchema {
  const found = root.definitions?.[reference.replace('#/definitions/', '')]
  if (found === undefined) throw new Error(`the schema has no ${reference}`)
  return found
}

/** The same for the same keys, wherever they are written. */
function fingerprint(schema: JsonSchema, root: JsonSchema): string {
  const mappings = mappingsOf(schema, root)
  if (mappings.length === 0 || schema.type === 'array') return ''
  return mappings.map((one) => Object.keys(one.properties ?? {}).join(',')).join(';')
}
