import type { Diagnostic } from '@strata/core'
import type { z } from 'zod'
import type { SourceText } from './project-file.ts'
import {
  type ModelProperties,
  modelSchema,
  propertiesSchema,
  type SourceProperties,
  sourceSchema,
} from './properties-schema.ts'
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
}

/** Reads all properties files. An entry with an error in it is left out and complained of; the others stay. */
export function parseProperties(files: readonly SourceText[]): {
  readonly properties: Properties
  readonly diagnostics: readonly Diagnostic[]
} {
  const diagnostics: Diagnostic[] = []
  const models: Declared<ModelProperties>[] = []
  const sources: Declared<SourceProperties>[] = []

  for (const file of files) {
    const parsed = parseYaml(file)
    diagnostics.push(...parsed.diagnostics)
    const document = parsed.document
    if (document === null || document.value === null || document.value === undefined) continue
    const top = validate(document, propertiesSchema, document.value)
    diagnostics.push(...top.diagnostics)
    if (top.value === null) continue

    const entries = <Schema extends z.ZodType>(
      block: string,
      list: unknown[] | null | undefined,
      schema: Schema,
    ) =>
      (list ?? []).flatMap((entry, index): Declared<z.output<Schema>>[] => {
        const path = [block, index]
        const checked = validate(document, schema, entry, path)
        diagnostics.push(...checked.diagnostics)
        return checked.value === null ? [] : [{ value: checked.value, document, path }]
      })
    models.push(...entries('models', top.value.models, modelSchema))
    sources.push(...entries('sources', top.value.sources, sourceSchema))
  }
  return { properties: { models, sources }, diagnostics }
}
