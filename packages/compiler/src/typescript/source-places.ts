import { SourceMap, type SourceMapPayload } from 'node:module'
import { dirname, relative, resolve } from 'node:path'
import type { Location } from '@strata/core'
import { codePointColumn } from '../project/code-point-column.ts'
import { bundleFolder } from './bundle-models.ts'

/** Finds the places of project files in the stacks of errors that one script gave. */
export function sourcePlaces(
  directory: string,
  scriptName: string,
  map: string,
): (error: unknown) => Location | null {
  let parsed: { readonly payload: SourceMapPayload; readonly map: SourceMap } | null = null
  const originalPlace = (line: number, column: number): Location | null => {
    if (parsed === null) {
      const payload = JSON.parse(map) as SourceMapPayload
      parsed = { payload, map: new SourceMap(payload) }
    }
    const entry = parsed.map.findEntry(line - 1, column - 1)
    if (!('originalSource' in entry)) return null
    const { originalSource, originalLine, originalColumn } = entry
    const absolute = resolve(dirname(`${directory}/${bundleFolder}/0.js`), originalSource)
    const file = relative(directory, absolute).replaceAll('\\', '/')
    // Of a package's own code the user sees nothing: the frame that called it comes later.
    if (/(^|\/)node_modules\//.test(file)) return null
    const source = parsed.payload.sourcesContent?.[parsed.payload.sources.indexOf(originalSource)] ?? ''
    const text = source.split(/\r\n|\r|\n/)[originalLine] ?? ''
    return { file, line: originalLine + 1, column: codePointColumn(text, 0, originalColumn) }
  }
  return (error) => {
    const stack = error instanceof Error ? error.stack : undefined
    for (const frame of framesOf(stack ?? '', scriptName)) {
      const place = originalPlace(frame.line, frame.column)
      if (place !== null) return place
    }
    return null
  }
}

function framesOf(stack: string, scriptName: string): { readonly line: number; readonly column: number }[] {
  return stack.split('\n').flatMap((text) => {
    const at = text.lastIndexOf(`${scriptName}:`)
    const place = at === -1 ? null : /^(\d+):(\d+)/.exec(text.slice(at + scriptName.length + 1))
    return place === null ? [] : [{ line: Number(place[1]), column: Number(place[2]) }]
  })
}
