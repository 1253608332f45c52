import { format } from 'node:util'
import { redact } from '@strata/core'

/** `TypeError: x is not a function`, or whatever else was thrown, in one line and without secrets. */
export function describeThrown(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : format(error)
  return redact(text.split('\n')[0]!)
}
