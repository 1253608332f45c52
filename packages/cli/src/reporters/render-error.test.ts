import { StrataError } from '@strata/core'
import { createColors } from 'picocolors'
import { expect, test } from 'vitest'
import { renderError } from './render-error.ts'

const error = new StrataError({
  code: 'MIXED_SIMULATED',
  message: 'this database holds records of real instances: the simulator does not land in it',
  hint: 'use a database of its own for simulated records, or create another one for them',
})
const layout = (columns: number | null) => ({ colors: createColors(false), commandName: 'models', columns })

test('an error is wrapped as all other text is, with what to do about it', () => {
  expect(renderError('Failed', error, layout(50)).split('\n')).toEqual([
    'Failed: this database holds records of real',
    '    instances: the simulator does not land in it [MIXED_SIMULATED]',
    '  → Use a database of its own for simulated',
    '    records, or create another one for them.',
  ])
})

test('an error is in a pipe one line', () => {
  expect(renderError('Failed', error, layout(null)).split('\n')).toHaveLength(2)
})
