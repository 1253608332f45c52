import type { CatalogColumn } from './analyzed-server.ts'

/**
 * What a column seems to say, by its name and type. `edit`: when the row was changed; `entry`: when it was made; `version`: a number that
 * grows with each change; `business`: a day or time of what the row is about; `person`: of a birth or death, which is never looked at.
 */
export type ColumnRole = 'edit' | 'entry' | 'version' | 'business' | 'person'

/** Null: it cannot tell of changes, whatever it holds. */
export function roleOf({ name, change, setOnUpdate }: CatalogColumn): ColumnRole | null {
  if (change === null) return null
  const words = wordsOf(name)
  if (change === 'number') return setOnUpdate || versionName.test(words.join('_')) ? 'version' : null
  if (setOnUpdate) return 'edit'
  if (words.some((word) => personWord.test(word))) return 'person'
  if (words.some((word) => editWord.test(word)) || lastActive.test(words.join('_'))) return 'edit'
  return words.some((word) => entryWord.test(word)) ? 'entry' : 'business'
}

const versionName =
  /^(row_?version|row_?ver|rv|version|(change|modification|update)_?(id|number|no|seq|count)|lsn|revision)$/
const personWord = /^(birth\w*|dob|death|deceased|died)$/
const editWord =
  /^(edit(ed)?|modif(y|ied)\w*|updated?|updated(at|on)|chang(e|ed)\w*|(time)?stamp|mtime|touched)$/
const lastActive = /last_(active|seen|write|written|save|saved)/
const entryWord = /^(entry|entered|created?|created(at|on)|inserted?|inserted(at|on)|added|ctime|log|logged)$/

/** `SecDateTEdit`: sec, date, t, edit. */
function wordsOf(name: string): readonly string[] {
  const parts = name.match(/[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+/g) ?? []
  return parts.map((part) => part.toLowerCase())
}
