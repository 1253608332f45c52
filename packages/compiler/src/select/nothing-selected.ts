import { didYouMean } from '../project/near-misses.ts'
import type { Method, MethodContext } from './method.ts'
import type { Criterion } from './selection-tree.ts'
import { hasWildcard } from './wildcard.ts'

/** Something about a selection that is probably not as it was meant, and no error. */
export interface SelectionWarning {
  readonly code: 'NOTHING_SELECTED' | 'SELECTION_IGNORED'
  readonly message: string
  readonly hint: string
}

export function nothingMatches(
  criterion: Criterion,
  method: Method,
  context: MethodContext,
): SelectionWarning {
  const { value, text } = criterion
  const near = hasWildcard(value) ? undefined : didYouMean(value, method.known?.(context) ?? [])
  return {
    code: 'NOTHING_SELECTED',
    message: `the selector "${text}" matches nothing`,
    hint: operatorHint(value) ?? near ?? method.hint ?? '`models list` shows what there is to select.',
  }
}

export function nothingTogether(text: string): SelectionWarning {
  return {
    code: 'NOTHING_SELECTED',
    message: `the selector "${text}" matches nothing: its parts have no node in common`,
    hint: 'A comma means both; a space between two criteria means either.',
  }
}

/** For those who come from a tool that writes set operators as signs. */
function operatorHint(value: string): string | undefined {
  if (!/^[&|^!(]/.test(value)) return undefined
  return 'A comma between two criteria means both, a space means either, and --exclude takes away.'
}
