import * as z from 'zod'
import { projectSchema } from './project-schema.ts'
import { propertiesSchema } from './properties-schema.ts'
import { selectorsSchema } from './selectors-schema.ts'

const files = [
  { name: 'project', title: 'Strata project file (strata.yml, dbt_project.yml)', schema: projectSchema },
  {
    name: 'properties',
    title: 'Strata properties file (models, sources, seeds, …)',
    schema: propertiesSchema,
  },
  { name: 'selectors', title: 'Strata selectors (selectors.yml)', schema: selectorsSchema },
] as const

/** The JSON Schemas for editors, from the very schemas that files are checked with: file name to text. */
export function jsonSchemas(): ReadonlyMap<string, string> {
  return new Map(
    files.map(({ name, title, schema }) => {
      const { $schema, ...rest } = z.toJSONSchema(schema, {
        target: 'draft-7',
        io: 'input',
        reused: 'ref',
        unrepresentable: 'any',
      })
      return [`${name}.json`, `${JSON.stringify({ $schema, title, ...rest }, null, 2)}\n`]
    }),
  )
}
