import type { StepResult } from '@strata/core'

/** `silver.patients models/silver/patients.sql:12:7` */
export function nameAndPlace(
  { name, failure }: Pick<StepResult, 'name' | 'failure'>,
  isOneOfMany: boolean,
): string {
  const place = failure?.place
  if (place === undefined) return name
  const at = [place.file, place.line, place.column].filter((part) => part !== undefined).join(':')
  return isOneOfMany ? `${name} (${at})` : `${name} ${at}`
}
