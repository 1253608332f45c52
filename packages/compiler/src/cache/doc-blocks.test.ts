import { expect, it } from 'vitest'
import { compileFiles } from '../testing/compile-files.ts'

it('a docs block that a model prints is looked up again', () => {
  const files = (text: string) => ({
    'models/a.sql': `select '{{ doc("x") }}' as d`,
    'models/docs.md': `{% docs x %}${text}{% enddocs %}`,
  })
  const first = compileFiles(files('one'))
  const second = compileFiles(files('two'), { cache: first.cache() })
  expect(second.model('a').select.full).toBe(`select 'two' as d`)
})
