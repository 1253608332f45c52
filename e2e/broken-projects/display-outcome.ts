import { type Diagnostic, displayLocation } from '../../packages/core/src/index.ts'
import type { Outcome } from './compile-folder.ts'

/** The stable text form of an outcome: what `expected.txt` holds. Empty where there is nothing to complain of. */
export function displayOutcome({ diagnostics, refusal, selected }: Outcome, directory: string): string {
  const blocks = diagnostics.map(displayDiagnostic)
  if (refusal !== null) {
    blocks.push(`refused [${refusal.code}]\n  ${printable(refusal.message)}\n${hintLine(refusal.hint)}`)
  }
  if (selected !== null) blocks.push(`selected ${selected.join(' ')}\n`)
  return blocks.join('\n').replaceAll(directory, '<project>')
}

function displayDiagnostic({ code, severity, message, hint, location, related }: Diagnostic): string {
  const others = (related ?? []).map((one) => `  ${displayLocation(one.location)} ${one.message}\n`).join('')
  return (
    printable(`${severity} ${displayLocation(location)} [${code}]\n  ${message}\n`) +
    hintLine(hint) +
    printable(others)
  )
}

function hintLine(hint: string | undefined): string {
  return hint === undefined ? '' : `  → ${printable(hint)}\n`
}

/** Control characters as escapes, so that the file shows them. */
function printable(text: string): string {
  return text.replace(
    /[\u0000-\u0009\u000b-\u001f\u007f\ufeff]/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
