/** A step's line in a pipe: `✓ job   clinical_conductor.patients    34 fetched   0.1s  4 inserted; incremental`. */
export interface StepLine {
  readonly mark: string
  readonly kind: string
  readonly name: string
  /** The number before `rows` or `fetched`; null where the line has none. */
  readonly rows: number | null
  readonly time: string | null
  readonly detail: string
}

export function stepLines(stdout: string): readonly StepLine[] {
  return stdout.split('\n').flatMap((line) => {
    const found =
      /^([✓!✗-]) (job|model|test|unit) +(\S+)(?: +([\d,]+) (?:rows?|fetched|failures?))?(?: +([\d.hms ]+s))?(?: {2}(.*))?$/.exec(
        line,
      )
    if (found === null) return []
    const [, mark = '', kind = '', name = '', rows, time, detail = ''] = found
    return [
      {
        mark,
        kind,
        name,
        rows: rows === undefined ? null : numberOf(rows),
        time: time ?? null,
        detail: detail.trim(),
      },
    ]
  })
}

/** The counts of `2,000 inserted, 3 changed`; 0 for what is not named. */
export function countsIn(text: string): { inserted: number; changed: number; unchanged: number } {
  const count = (word: string) => numberOf(new RegExp(`([\\d,]+) ${word}\\b`).exec(text)?.[1] ?? '0')
  return { inserted: count('inserted'), changed: count('changed'), unchanged: count('unchanged') }
}

function numberOf(text: string): number {
  return Number(text.replaceAll(',', ''))
}
