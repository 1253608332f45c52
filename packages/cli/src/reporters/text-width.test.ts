import stringWidth from 'string-width'
import { expect, it } from 'vitest'
import { textWidth } from './text-width.ts'

it('counts the columns of a terminal', () => {
  const texts = [
    '',
    'plain ~',
    '✓ model …',
    'café',
    'cafe\u0301',
    '患者テーブル',
    '환자',
    '🎉 done',
    '👩‍⚕️',
    '\u001b[32mgreen\u001b[39m',
    'Ωμέγα',
    '⚠️',
    'ﬀ→',
  ]
  expect(texts.map(textWidth)).toEqual(texts.map((text) => stringWidth(text)))
})
