import { pageHead } from './markdown.ts'
import { renderSections, schemaOf } from './schema-page.ts'

/** The keys of strata.yml and selectors.yml. */
export function configurationPage(): string {
  const project = schemaOf('project')
  const selectors = schemaOf('selectors')
  const head = pageHead(
    'Configuration',
    '`strata.yml` in the folder of the project; `dbt_project.yml` is read where there is none. `_` and `-` in keys are the same. What the keys are for, with\nexamples: [project files](../project-files.md), [targets](../targets.md). What models and other nodes take below `models:` and the like is in [YAML](yaml.md).',
  )
  return [
    head,
    renderSections([{ title: 'strata.yml', schema: project }], project),
    renderSections(
      [
        {
          title: 'selectors.yml',
          schema: selectors,
          about: 'Named selections ([selection](../selection.md#named-selectors)).',
        },
      ],
      selectors,
    ),
  ].join('\n')
}
