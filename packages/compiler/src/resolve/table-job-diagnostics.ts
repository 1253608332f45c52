import type { Diagnostic, TableJob } from '@strata/core'
import type { Declared } from '../project/parse-properties.ts'
import type { SourceProperties } from '../project/properties-schema.ts'
import type { YamlPath } from '../project/yaml-document.ts'

/** What is wrong with a job of a table that can be known before its database is asked. `path`: of the table entry. */
export function tableJobDiagnostics(
  { document }: Declared<SourceProperties>,
  job: TableJob,
  path: YamlPath,
): readonly Diagnostic[] {
  const { columns = [] } = job.watermark ?? {}
  const at = [...path, 'job', 'watermark', 'columns']
  const who = `${job.source}.${job.table}`
  return columns.flatMap(({ name, min, max }, index): Diagnostic[] => {
    const location = document.locate([...at, index])
    if (columns.findIndex((other) => other.name === name) < index)
      return [
        {
          code: 'CHANGE_COLUMN_TWICE',
          severity: 'error',
          message: `${who} names the change column ${name} twice`,
          hint: 'Name it once, where its reliability puts it.',
          location,
        },
      ]
    if (min === null || max === null || !isBeyond(min, max)) return []
    return [
      {
        code: 'BAD_BOUNDS',
        severity: 'error',
        message: `no value of ${name} of ${who} is believed: its min ${min} lies beyond its max ${max}`,
        hint: 'Values from min to max select rows and move the watermark.',
        location,
      },
    ]
  })
}

function isBeyond(one: string, other: string): boolean {
  const numbers = [one, other].every((bound) => /^-?\d+$/.test(bound))
  return numbers ? BigInt(one) > BigInt(other) : one.replace('T', ' ') > other.replace('T', ' ')
}
