import type { Diagnostic } from '@strata/core'
import * as z from 'zod'
import { checkConfigKeys } from './check-config-keys.ts'
import { type KeptPlaces, keptDocument } from './kept-document.ts'
import type { SourceText } from './project-file.ts'
import {
  type AnalysisProperties,
  type Block,
  type ExposureProperties,
  type GroupProperties,
  type LooseProperties,
  type MacroProperties,
  type ModelProperties,
  propertiesTopSchema,
  type SeedProperties,
  type SingularTestProperties,
  type SnapshotProperties,
  type SourceProperties,
  schemaOfEntry,
  type UnitTestProperties,
} from './properties-schema.ts'
import { sayOnce } from './say-once.ts'
import { validate } from './validate.ts'
import { parseYaml, type YamlDocument, type YamlPath } from './yaml-document.ts'

/** One entry of a properties file, with the document that it stands in. */
export interface Declared<T> {
  readonly value: T
  readonly document: YamlDocument
  /** Path of the entry in the document. */
  readonly path: YamlPath
}

export interface Properties {
  readonly models: readonly Declared<ModelProperties>[]
  readonly sources: readonly Declared<SourceProperties>[]
  readonly seeds: readonly Declared<SeedProperties>[]
  readonly snapshots: readonly Declared<SnapshotProperties>[]
  readonly analyses: readonly Declared<AnalysisProperties>[]
  readonly macros: readonly Declared<MacroProperties>[]
  readonly exposures: readonly Declared<ExposureProperties>[]
  readonly groups: readonly Declared<GroupProperties>[]
  readonly unitTests: readonly Declared<UnitTestProperties>[]
  /** Properties of singular tests, from `data_tests:` and `tests:`. */
  readonly singularTests: readonly Declared<SingularTestProperties>[]
  /** Read for `graph.metrics` alone. */
  readonly metrics: readonly Declared<LooseProperties>[]
  readonly semanticModels: readonly Declared<LooseProperties>[]
}

/** Where the entries of a block go; null: accepted and not read. */
const destinations: { readonly [B in Block]: keyof Properties | null } = {
  models: 'models',
  sources: 'sources',
  seeds: 'seeds',
  snapshots: 'snapshots',
  analyses: 'analyses',
  macros: 'macros',
  exposures: 'exposures',
  groups: 'groups',
  unit_tests: 'unitTests',
  data_tests: 'singularTests',
  tests: 'singularTests',
  metrics: 'metrics',
  semantic_models: 'semanticModels',
  saved_queries: null,
  functions: null,
}

const blocks = Object.keys(destinations) as Block[]

type Found = {
  readonly [kind in keyof Properties]: readonly { readonly value: unknown; readonly path: YamlPath }[]
}

/** What one file says, without the document: plain data that can be kept. */
export interface FileProperties {
  readonly found: Found
  /** Names of sources that are left out for their errors. */
  readonly refusedSources?: readonly string[]
  readonly diagnostics: readonly Diagnostic[]
}

/** Reads all properties files. An entry with an error in it is left out and complained of; the others stay. */
export function parseProperties(
  files: readonly SourceText[],
  cache: PropertiesCache = (_file, read) => read(),
): {
  readonly properties: Properties
  /** Names of sources that are left out: who reads them need not be complained of. */
  readonly refusedSources: readonly string[]
  readonly diagnostics: readonly Diagnostic[]
} {
  const diagnostics: Diagnostic[] = []
  const all = emptyLists<Declared<unknown>>()
  const refusedSources: string[] = []
  for (const file of files) {
    let parsed: YamlDocument | null = null
    const kept = cache(file, () => {
      const read = readFile(file)
      parsed = read.document
      return read.kept
    })
    diagnostics.push(...kept.diagnostics)
    refusedSources.push(...(kept.refusedSources ?? []))
    const document = keptDocument(file, kept.places, parsed)
    for (const kind of kinds)
      for (const { value, path } of kept.found[kind]) all[kind].push({ value, document, path })
  }
  // Each list holds what the schema of its block let through.
  return { properties: all as unknown as Properties, refusedSources, diagnostics }
}

/** Gives what was kept of a file, or else what `read` makes of it. */
export type PropertiesCache = (file: SourceText, read: () => KeptProperties) => KeptProperties

export interface KeptProperties extends FileProperties {
  /** Places that were asked for, by their paths. */
  readonly places: KeptPlaces
}

const kinds = [...new Set(Object.values(destinations).filter((kind) => kind !== null))]

function emptyLists<T>(): Record<keyof Properties, T[]> {
  return Object.fromEntries(kinds.map((kind) => [kind, []])) as unknown as Record<keyof Properties, T[]>
}

function readFile(file: SourceText): {
  readonly kept: KeptProperties
  readonly document: YamlDocument | null
} {
  const found = emptyLists<{ readonly value: unknown; readonly path: YamlPath }>()
  const { document, diagnostics: syntax } = parseYaml(file)
  const diagnostics = [...syntax]
  const refusedSources: string[] = []
  const kept: KeptProperties = { found, diagnostics, places: {} }
  const read = { kept, document }
  if (document === null || document.value === null || document.value === undefined) return read
  const top = validate(document, propertiesTopSchema, document.value)
  diagnostics.push(...top.diagnostics)
  if (top.value === null) return read
  for (const block of blocks) {
    for (const [index, entry] of (top.value[block] ?? []).entries()) {
      const path = [block, index]
      const checked = validate(document, schemaOfEntry(block, entry), entry, path)
      diagnostics.push(...checked.diagnostics)
      if (checked.value === null) {
        const name = (entry as { readonly name?: unknown } | null)?.name
        if (block === 'sources' && typeof name === 'string') refusedSources.push(name)
        continue
      }
      diagnostics.push(...checkConfigs(document, checked.value as Configured, block, path))
      const destination = destinations[block]
      if (destination !== null) found[destination].push({ value: checked.value, path })
    }
  }
  const refused = refusedSources.length === 0 ? {} : { refusedSources }
  return { document, kept: { ...kept, ...refused, diagnostics: sayOnce(diagnostics) } }
}

type Config = object | null | undefined

interface Configured {
  readonly config?: Config
  readonly columns?: readonly { readonly config?: Config }[] | null
  readonly versions?: readonly { readonly config?: Config }[] | { readonly include?: unknown } | null
  readonly tables?: readonly Configured[] | null
}

const knownKeys = new Map(
  blocks.map((block): [Block, ReadonlySet<string>] => {
    const schema = schemaOfEntry(block, null)
    const shape = (schema instanceof z.ZodObject ? schema.shape : {}) as Record<string, z.ZodType>
    const config = shape['config']
    const object = config instanceof z.ZodOptional ? config.unwrap() : undefined
    const bare = object instanceof z.ZodNullable ? object.unwrap() : undefined
    return [block, new Set(bare instanceof z.ZodObject ? Object.keys(bare.shape) : [])]
  }),
)

/** The config blocks of an entry, its versions and its tables. */
function checkConfigs(
  document: YamlDocument,
  entry: Configured,
  block: Block,
  path: YamlPath,
): readonly Diagnostic[] {
  const known = knownKeys.get(block)!
  const diagnostics = checkConfigKeys(document, entry.config, known, [...path, 'config'])
  for (const key of ['versions', 'tables'] as const) {
    const inner = entry[key]
    if (!Array.isArray(inner)) continue
    for (const [index, { config }] of inner.entries())
      diagnostics.push(...checkConfigKeys(document, config, known, [...path, key, index, 'config']))
  }
  return diagnostics
}
