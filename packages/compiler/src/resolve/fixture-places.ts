import type { Fixture, FixtureCell, Location } from '@strata/core'

/** Where in the rows of a unit test a value stands, or the name of a column, or the rows themselves. */
export type PlaceInRows = (cell: Pick<FixtureCell, 'row' | 'column'>) => Location

/** Where the parts of a declaration stand. */
export interface RowsLocator {
  /** The value at the end of a path below the declaration; `line`: that one of a block of text, from 1. */
  locate(path: readonly (string | number)[], line?: number): Location
  locateKey(path: readonly (string | number)[]): Location
}

/** Where CSV text stands: in a file of its own, or in the YAML. */
export interface CsvPlace {
  readonly file: string | null
  /** Of the header, then of each row; from 1. */
  readonly lines: readonly number[]
}

export function placeInRows(fixture: Fixture, csv: CsvPlace | null, locator: RowsLocator): PlaceInRows {
  return ({ row, column }) => {
    if (csv !== null) {
      const line = csv.lines[row === null ? 0 : row + 1] ?? 1
      return csv.file === null ? locator.locate(['rows'], line) : { file: csv.file, line, column: 1 }
    }
    if (fixture.kind === 'sql' || column === null) return locator.locate(['rows'])
    if (row !== null) return locator.locate(['rows', row, column])
    const first = fixture.rows.findIndex((one) => Object.hasOwn(one, column))
    return locator.locateKey(['rows', first, column])
  }
}
