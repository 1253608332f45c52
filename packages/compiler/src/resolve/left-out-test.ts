import type { Diagnostic } from '@strata/core'

/** Whether a reference leads to what is switched off. */
export function isSwitchedOff({ code }: Diagnostic): boolean {
  return code === 'DISABLED_REF' || code === 'DISABLED_SOURCE'
}

/** As in dbt, a test that reads what is switched off is left out, and the project runs without it. */
export function leavingOut(complaint: Diagnostic): Diagnostic {
  if (!isSwitchedOff(complaint)) return complaint
  const message = `a data test is left out: ${complaint.message}`
  return { ...complaint, severity: 'warning', message, hint: 'Enable what it reads, or disable the test.' }
}
