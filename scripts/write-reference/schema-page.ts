import { jsonSchemas } from '../../packages/compiler/src/project/json-schemas.ts'
import { anchor, code, table } from './markdown.ts'
import { type JsonSchema, type SchemaKey, type SchemaPart, schemaKeys } from './schema-keys.ts'

export interface Section extends SchemaPart {
  readonly about?: string
}

/** Which of the files of `schemas/`. */
export function schemaOf(name: 'project' | 'properties' | 'selectors'): JsonSchema {
  return JSON.parse(jsonSchemas().get(`${name}.json`)!) as JsonSchema
}

/** A heading and a table of keys for each section; sections name each other instead of repeating what they hold. */
export function renderSections(sections: readonly Section[], root: JsonSchema): string {
  const link = (title: string) => `[${title.toLowerCase()}](#${anchor(title)})`
  return sections
    .map(({ title, schema, about }) => {
      const keys = schemaKeys(schema, root, sections, link)
      const text = table(['key', 'takes', 'default', 'means'], keys.map(rowOf))
      return `## ${title}\n\n${about === undefined ? '' : `${about}\n\n`}${text}\n`
    })
    .join('\n')
}

function rowOf({ path, takes, isRequired, standsFor, description }: SchemaKey): readonly string[] {
  const standing = isRequired ? 'needed' : standsFor === '' ? '' : code(standsFor)
  return [code(path), takes, standing, description.replaceAll('<', '\\<')]
}
