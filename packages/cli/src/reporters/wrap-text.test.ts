import { createColors } from 'picocolors'
import { expect, test } from 'vitest'
import { indented, renderHint } from './render-hint.ts'
import { wrapText } from './wrap-text.ts'

test('words go on lines of a width, and what stands in backticks is not torn apart', () => {
  expect(wrapText('land it with `models extract -s +crm.visits` and look', 24)).toEqual([
    'land it with',
    '`models extract -s +crm.visits`',
    'and look',
  ])
  expect(wrapText('one two three', 9, 3)).toEqual(['one', 'two three'])
  expect(wrapText('a very long line', null)).toEqual(['a very long line'])
})

test('hints and messages are broken in a terminal, and in no pipe', () => {
  const layout = { colors: createColors(false), commandName: 'pnpm models' }
  const hint = 'look at the source; run `models source replay` when it is well again'
  expect(renderHint(hint, { ...layout, columns: 44 })).toBe(
    ['  → Look at the source; run', '    `pnpm models source replay` when it is', '    well again.'].join(
      '\n',
    ),
  )
  expect(renderHint(hint, { ...layout, columns: null })).toBe(
    '  → Look at the source; run `pnpm models source replay` when it is well again.',
  )
  expect(indented('  id=1: 3 rows of it', 16)).toEqual(['    id=1: 3 rows', '      of it'])
})
