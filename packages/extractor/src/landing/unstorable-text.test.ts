import { expect, test } from 'vitest'
import { markUnstorable, unstorableMark } from './unstorable-text.ts'

test('marks NUL and lone surrogates, and nothing else', () => {
  const text = String.raw`"\u0000 \\u0000 \\\u0000 \ud83d\ude00 \ud83d x \ude00 \n \u00e9 \uD83D\uDE00"`
  const m = unstorableMark
  expect(markUnstorable(text)).toBe(
    `"${m} \\\\u0000 \\\\${m} \\ud83d\\ude00 ${m} x ${m} \\n \\u00e9 \\uD83D\\uDE00"`,
  )
})
