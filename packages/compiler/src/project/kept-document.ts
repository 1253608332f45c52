import type { Location } from '@strata/core'
import type { SourceText } from './project-file.ts'
import { parseYaml, type YamlDocument, type YamlPath } from './yaml-document.ts'

/** Places by their paths; those that are asked for are added. */
export type KeptPlaces = { [path: string]: Location }

/** A document of which only the places are wanted: it is parsed when one is asked for that nobody asked for before. */
export function keptDocument(
  source: SourceText,
  places: KeptPlaces,
  known: YamlDocument | null,
): YamlDocument {
  let parsed = known
  const document = (): YamlDocument | null => {
    parsed ??= parseYaml(source).document
    return parsed
  }
  const find = (kind: 'locate' | 'locateKey', path: YamlPath, line?: number): Location => {
    const key = `${kind} ${JSON.stringify(path)}${line === undefined ? '' : ` ${line}`}`
    places[key] ??= document()?.[kind](path, line) ?? { file: source.path, line: 1, column: 1 }
    return places[key]
  }
  return {
    file: source.path,
    get value() {
      return document()?.value
    },
    locate: (path, line) => find('locate', path, line),
    locateKey: (path) => find('locateKey', path),
  }
}
