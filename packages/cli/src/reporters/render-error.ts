import { redact, type StrataError } from '@strata/core'
import { indented, type Layout, renderHint } from './render-hint.ts'

/** `Failed: what happened [CODE]`, and what to do about it below. */
export function renderError(
  label: string,
  { message, code, hint }: Pick<StrataError, 'message' | 'code' | 'hint'>,
  layout: Layout,
): string {
  const { colors } = layout
  const [first, ...rest] = redact(message).split('\n')
  // Two columns in are those of the label, which is wider than they are.
  const lines = [`${label}: ${first}`, ...rest].flatMap((line, index) =>
    indented(line, layout.columns).map((part, at) => (index === 0 && at === 0 ? part.trimStart() : part)),
  )
  const told = lines.join('\n').replace(label, colors.red(colors.bold(label)))
  return [
    `${told} ${colors.dim(`[${code}]`)}`,
    ...(hint === undefined ? [] : [renderHint(hint, layout)]),
  ].join('\n')
}
