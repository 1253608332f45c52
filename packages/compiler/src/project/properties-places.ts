import type { Location, Node } from '@strata/core'
import type { SourceText } from './project-file.ts'
import { parseYaml, type YamlDocument, type YamlPath } from './yaml-document.ts'

/** Where the properties of models, seeds, snapshots and analyses stand. */
export interface PropertiesPlaces {
  /** Of its name there, or of the file that has it; null: it has no properties. */
  ofNode(node: Node): Location | null
  /** Null: it is not described. */
  ofColumn(node: Node, column: string): Location | null
}

/** `files`: those of the project that are YAML; each is parsed when a place in it is asked for first. */
export function propertiesPlaces(files: readonly SourceText[]): PropertiesPlaces {
  const documents = new Map<string, YamlDocument | null>()
  const documentOf = (path: string): YamlDocument | null => {
    const known = documents.get(path)
    if (known !== undefined) return known
    const source = files.find((one) => one.path === path)
    const document = source === undefined ? null : parseYaml(source).document
    documents.set(path, document)
    return document
  }
  const find = (node: Node) => {
    const document = documentOf(node.patchPath ?? node.location.file)
    if (document === null) return null
    const list = node.kind === 'analysis' ? 'analyses' : `${node.kind}s`
    const at = placeOfName(document.value, [list], node.name)
    return { document, path: at < 0 ? [] : [list, at] }
  }
  return {
    ofNode(node) {
      const found = find(node)
      return found === null ? null : found.document.locate([...found.path, 'name'])
    },
    ofColumn(node, column) {
      const found = find(node)
      if (found === null) return null
      const path = [...found.path, 'columns']
      const at = placeOfName(found.document.value, path, column)
      return at < 0 ? null : found.document.locate([...path, at, 'name'])
    },
  }
}

/** Which item of the list at `path` has that name; -1: none. */
function placeOfName(value: unknown, path: YamlPath, name: string): number {
  const list = path.reduce(valueAt, value)
  return Array.isArray(list) ? list.findIndex((one) => valueAt(one, 'name') === name) : -1
}

function valueAt(holder: unknown, key: string | number): unknown {
  return typeof holder === 'object' && holder !== null
    ? (holder as Readonly<Record<string | number, unknown>>)[key]
    : null
}
