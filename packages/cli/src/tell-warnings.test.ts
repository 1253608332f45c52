import type { Diagnostic, Node } from '@strata/core'
import { expect, it } from 'vitest'
import { warningsOf } from './tell-warnings.ts'

const node = (kind: string, name: string, file: string, patchPath: string | null = null) =>
  ({ kind, id: `${kind}.p.${name}`, location: { file, line: 1, column: 1 }, patchPath }) as unknown as Node
const warning = (file: string) =>
  ({ code: 'X', severity: 'warning', message: file, location: { file, line: 1, column: 1 } }) as Diagnostic

it('tells the warnings of files that are about a selected node or about no node alone', () => {
  const [a, b] = [node('model', 'a', 'a.sql', 'both.yml'), node('model', 'b', 'b.sql', 'both.yml')]
  const nodes = [a, b, node('model', 'c', 'c.sql', 'c.yml'), node('source', 's', 'sources.yml')]
  const files = ['a.sql', 'b.sql', 'both.yml', 'c.sql', 'c.yml', 'sources.yml', 'macros/m.sql', 'strata.yml']
  const { shown, elsewhere } = warningsOf(files.map(warning), { nodes }, [a])
  expect(shown.map(({ message }) => message)).toEqual([
    'a.sql',
    'both.yml',
    'sources.yml',
    'macros/m.sql',
    'strata.yml',
  ])
  expect(elsewhere).toBe(3)
})
