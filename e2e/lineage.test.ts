import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createModelsProject, type ModelsProject } from './run-models.ts'

interface Use {
  readonly relation: { readonly schema: string; readonly name: string }
  readonly column: string
  readonly path: readonly string[]
  readonly asIs: boolean
  readonly kind?: string
}

interface Line {
  readonly column: string
  readonly at: { readonly file: string; readonly line: number }
  readonly direct: readonly Use[]
  readonly condition: readonly Use[]
  readonly window: readonly Use[]
  readonly origins: readonly Use[]
}

describe('lineage and impact of the clinical project', () => {
  let project: ModelsProject
  beforeAll(() => {
    project = createModelsProject('clinical')
  })
  afterAll(() => project.remove())

  test('five columns of gold come from what a reader of the SQL says, without a database', async () => {
    const { code, stdout, stderr } = await project.run(
      ...['lineage', '--json', 'gold.enrollment_funnel.study_name', 'gold.enrollment_funnel.screened'],
      ...['gold.invoice_aging.received', 'gold.invoice_aging.sponsor_name', 'invoice_aging.age'],
    )
    expect(stderr).toBe('')
    expect(code).toBe(0)
    const [studyName, screened, received, sponsor, age] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line)

    expect(studyName!.at.file).toBe('models/gold/enrollment_funnel.sql')
    const aging = readFileSync(new URL('../models/gold/invoice_aging.sql', import.meta.url), 'utf8').split(
      '\n',
    )
    expect(aging[sponsor!.at.line - 1]).toMatch(/^ +\S*sponsor_name,$/)
    expect(texts(studyName!.direct)).toEqual(['silver.studies.name'])
    expect(texts(studyName!.origins)).toEqual(['direct ~bronze.dim_studies_staging.data->name'])

    expect(texts(screened!.direct)).toEqual([])
    expect(texts(screened!.condition).sort()).toEqual([
      'silver.subjects.enrollment_date',
      'silver.subjects.screening_date',
      'silver.subjects.status',
    ])
    const screenedBy = screened!.origins.map(({ column, path }) => [column, ...path].join('->'))
    expect(new Set(screenedBy)).toEqual(
      new Set(['data->status', 'data->enrollmentDate', 'data->screeningDate']),
    )

    expect(texts(received!.direct).sort()).toEqual(['~silver.invoices.amount', '~silver.remittances.amount'])
    expect(texts(received!.condition).sort()).toEqual([
      'silver.invoices.paid_date',
      'silver.remittances.amount',
    ])

    expect(texts(sponsor!.direct)).toEqual(['silver.invoices.sponsor_name'])
    expect(texts(sponsor!.origins)).toEqual(['direct ~bronze.dim_invoices_staging.data->sponsor->name'])

    expect(texts(age!.direct)).toEqual([])
    expect(texts(age!.condition).sort()).toEqual([
      'silver.invoices.amount',
      'silver.invoices.due_date',
      'silver.invoices.paid_date',
      'silver.invoices.status',
      'silver.remittances.amount',
    ])
  })

  test('the tree leads from gold to a member of a record of the API', async () => {
    const { code, stdout } = await project.run('lineage', 'gold.invoice_aging.sponsor_name')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^gold\.invoice_aging\.sponsor_name +models\/gold\/invoice_aging\.sql:\d+/)
    expect(stdout).toMatch(/└─ as is +silver\.invoices\.sponsor_name +models\/silver\/invoices\.sql:\d+/)
    expect(stdout).toMatch(
      / {3}└─ computed +bronze\.dim_invoices_staging\.data->sponsor->name +sources\/clinical_conductor\.yml/,
    )
    expect(stdout).toMatch(/its rows\n +filtered by +silver\.remittances\.remittance_date\n +joined by +/)
  })

  test('the impact of a column names contracts, SQL, tests and exposures', async () => {
    const { code, stdout } = await project.run('impact', 'silver.invoices.sponsor_name')
    expect(code).toBe(0)
    expect(stdout).toMatch(/breaks without it/)
    expect(stdout).toMatch(/contract +silver\.invoices +text/)
    expect(stdout).toMatch(
      /SQL +gold\.invoice_aging +sponsor_name +models\/gold\/invoice_aging\.sql:(?!1:1\n)/,
    )
    expect(stdout).toMatch(
      /columns that change \(\d+\)\n.*gold\.invoice_aging +sponsor_name +value +from silver\.invoices\.sponsor_name/,
    )
    const json = await project.run('impact', "clinical_conductor.invoices.data->'sponsor'->>'name'", '--json')
    const { columns } = JSON.parse(json.stdout) as { columns: readonly { node: string; column: string }[] }
    expect(columns).toContainEqual(
      expect.objectContaining({ node: 'model.clinical.invoices', column: 'sponsor_name' }),
    )
    expect(columns.map(({ column }) => column)).not.toContain('invoice_number')
  })

  test('a name that is not there is answered with those that come near', async () => {
    const column = await project.run('lineage', 'silver.invoices.sponser_name')
    expect(column.code).toBe(2)
    expect(column.stderr).toMatch(/silver\.invoices has no column "sponser_name"/)
    expect(column.stderr).toMatch(/Did you mean "sponsor_name"/)
    const node = await project.run('impact', 'invoicse.amount')
    expect(node.code).toBe(2)
    expect(node.stderr).toMatch(/Did you mean "invoices"/)
    const whole = await project.run('impact', 'invoices')
    expect(whole.code).toBe(2)
    expect(whole.stderr).toMatch(/impact needs a column of it/)
  })
})

function texts(uses: readonly Use[]): string[] {
  return uses.map(({ relation, column, path, asIs, kind }) => {
    const name = [`${relation.schema}.${relation.name}.${column}`, ...path].join('->')
    return kind === undefined ? `${asIs ? '' : '~'}${name}` : `${kind} ${asIs ? '' : '~'}${name}`
  })
}
