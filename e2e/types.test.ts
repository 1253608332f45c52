import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createModelsProject, type ModelsProject } from './run-models.ts'

describe('models types', () => {
  let project: ModelsProject
  beforeAll(() => {
    project = createModelsProject('empty')
    mkdirSync(join(project.directory, 'models'))
    project.write('strata.yml', 'name: shop\n')
    project.write(
      'models/orders.sql',
      "select 1 as order_id, nullif(current_user::text, 'bo') as customer, date '2026-01-02' as at\n",
    )
    project.write(
      'models/totals.sql',
      "select customer, count(*) as orders from {{ ref('orders') }} group by 1\n",
    )
    project.write('models/all.yml', 'models: [{ name: orders, description: One order. }]\n')
  })
  afterAll(() => project?.remove())

  test('prints a type for the rows of each relation', async () => {
    const { code, stdout, stderr } = await project.run('types')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toBe(`// Written by \`models types\`: change the models, not this file.

/**
 * public.orders
 *
 * One order.
 */
export interface Orders {
  order_id: number
  customer: string | null
  at: Date
}

/** public.totals */
export interface Totals {
  customer: string | null
  orders: string
}
`)
  })

  test('writes a file, and leaves one alone that says the same', async () => {
    const words = ['types', '--select', 'totals', '--for', 'kysely', '--output', 'src/db/rows.ts'] as const
    const first = await project.run(...words)
    expect(first).toMatchObject({ code: 0, stdout: '' })
    expect(first.stderr).toBe('Wrote the types of 1 relation to src/db/rows.ts.\n')
    expect(project.read('src/db/rows.ts')).toContain(
      'export interface Database {\n  "public.totals": Totals\n}\n',
    )
    expect((await project.run(...words)).stderr).toBe(
      'src/db/rows.ts says the types of 1 relation already.\n',
    )
  })

  test('leaves out what cannot be typed, and fails', async () => {
    project.write('models/wrong.sql', "select nothing from {{ ref('orders') }}")
    const { code, stdout, stderr } = await project.run('types')
    expect(code).toBe(1)
    expect(stdout).toContain('interface Orders')
    expect(stderr).toContain('Left out, for their columns are not known: wrong. `models check` says why.')
  })
})
