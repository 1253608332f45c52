import type { Location } from '@strata/core'
import type { ProjectSources } from '../read/project-sources.ts'
import type { SqlPlace, SqlPlaces } from '../resolve/sql-places.ts'
import type { Finding, LintedNode, LintedSql } from './rule.ts'

export type Placed = Pick<SqlPlace, 'location' | 'via'>

export interface Places {
  /** Null: it is in what a package or Strata itself wrote. */
  placeOf(node: LintedNode, finding: Finding): Placed | null
  /** What `text` finds at that place of a tree is written in the file as it stands in the SQL. */
  isWritten(
    node: LintedNode,
    at: { readonly sql: LintedSql; readonly location: number },
    text: RegExp,
  ): boolean
}

export function placesOf(places: SqlPlaces, sources: ProjectSources): Places {
  const builtin = new Set(sources.builtin.map(({ path }) => path))
  const { models, macros, tests, snapshots, analyses } = sources
  const texts = new Map(
    [models, macros, tests, snapshots, analyses].flat().map((one) => [one.path, one.text]),
  )
  const isOurs = ({ file }: Location) =>
    !builtin.has(file) && !sources.packages.some(({ folder }) => file.startsWith(folder))
  const textAt = ({ file, line, column }: Location): string => {
    const written = texts.get(file)?.split('\n')[line - 1] ?? ''
    return [...written].slice(column - 1).join('')
  }
  return {
    placeOf(node, { at }) {
      if ('file' in at) return { location: at, via: [] }
      const place = places.locate(node.id, at.sql.form, at.sql.offsetOf(at.location))
      if (place === null || !isOurs(place.location)) return null
      // What a call yields that is no reference was written by the macro.
      return !place.exact && macroCall.test(textAt(place.location)) ? null : place
    },
    isWritten(node, { sql, location }, text) {
      const wanted = text.exec(sql.textAt(location))?.[0]
      // To find a place a template is rendered again: most need not be.
      const isAnywhere = (written: string) => wanted !== undefined && written.includes(wanted)
      if (!('rawCode' in node) || !(isAnywhere(node.rawCode) || macros.some((one) => isAnywhere(one.text))))
        return false
      const place = places.locate(node.id, sql.form, sql.offsetOf(location))
      return place?.exact === true && textAt(place.location).startsWith(wanted!)
    },
  }
}

const macroCall = /^(?!(?:ref|source|increment|changed_keys)\b)[\w.]+\s*\(/
