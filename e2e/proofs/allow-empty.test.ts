import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, inject, it } from 'vitest'
import { createTestDatabase } from '../../packages/postgres/src/testing/index.ts'
import { createModelsProject } from '../run-models.ts'

it('a full refresh that would empty an incremental model needs --allow-empty', async () => {
  const own = await createTestDatabase(inject('servers')[0]!)
  const project = createModelsProject('empty', { DATABASE_URL: own.url })
  try {
    mkdirSync(join(project.directory, 'models'))
    project.write('strata.yml', 'name: shop\nversion: "1.0"\nmodels:\n  shop:\n    +schema: built\n')
    project.write(
      'models/orders.sql',
      `{{ config(materialized='incremental', unique_key='id') }}\nselect 1 as id where {{ var('rows', 'true') }}\n`,
    )
    const rows = async () => (await own.database.query('select id from built.orders')).rows
    const first = await project.run('run')
    expect(first.code, first.stdout + first.stderr).toBe(0)

    const none = ['run', '--full-refresh', '--vars', 'rows: "false"']
    const refused = await project.run(...none)
    expect(refused.code, refused.stdout + refused.stderr).toBe(1)
    expect(refused.stdout).toMatch(/EMPTY_RESULT[\s\S]* would lose those that are there: 1 row\n/)
    expect(refused.stdout).toContain('--allow-empty --select orders')
    expect(await rows()).toEqual([{ id: 1 }])

    const allowed = await project.run(...none, '--allow-empty')
    expect(allowed.code, allowed.stdout + allowed.stderr).toBe(0)
    expect(await rows()).toEqual([])
  } finally {
    await project.remove()
    await own.drop()
  }
})
