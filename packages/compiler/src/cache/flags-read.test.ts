import { expect, it } from 'vitest'
import { type Files, recompileFiles } from '../testing/compile-files.ts'

const nothing = { results: null, graph: null }

const withTest = (sql: string): Files => ({
  'models/a.sql': sql,
  'models/a.yml': 'models:\n  - name: a\n    columns: [{ name: id, data_tests: [unique] }]\n',
})

it('a graph serves other commands where nothing in it asks for the command', () => {
  // The test asks whether failures are stored, which is a flag too.
  const { graph } = recompileFiles(withTest('select 1 as id'), nothing, { command: 'run' }).keep()
  expect(graph).toContain('"flags":null')
})

it.each(['{{ flags.WHICH }}', "{{ flags.get('WHICH') }}", '{{ invocation_args_dict.which }}'])(
  'SQL that prints %s is rendered again for another command',
  (expression) => {
    const files = withTest(`select '${expression}' as id`)
    const kept = recompileFiles(files, nothing, { command: 'run' }).keep()
    expect(kept.graph).not.toContain('"flags":null')
    const again = recompileFiles(files, kept, { command: 'test' })
    expect(again.model('a').select.full).toBe("select 'test' as id")
  },
)

it('SQL that asks whether failures are stored is rendered again where that is another', () => {
  const files = withTest("select '{{ flags.STORE_FAILURES }}' as id")
  const kept = recompileFiles(files, nothing).keep()
  expect(recompileFiles(files, kept, { storeFailures: true }).model('a').select.full).toBe(
    "select 'True' as id",
  )
})
