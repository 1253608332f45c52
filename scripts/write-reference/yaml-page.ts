import { pageHead } from './markdown.ts'
import { schemaAt } from './schema-keys.ts'
import { renderSections, type Section, schemaOf } from './schema-page.ts'

const sections: readonly { readonly title: string; readonly at: string; readonly about?: string }[] = [
  { title: 'Models', at: 'models[]', about: 'An entry of `models:` ([project files](../project-files.md)).' },
  {
    title: 'Model configuration',
    at: 'models[].config',
    about:
      '`config:` of a model, `{{ config(…) }}` in its file, or `+key` below `models:` of strata.yml. Keys of your own, for your macros, are taken as well.',
  },
  { title: 'Columns', at: 'models[].columns[]' },
  { title: 'Docs', at: 'models[].docs' },
  { title: 'Quoting', at: 'models[].config.quoting' },
  {
    title: 'Constraints',
    at: 'models[].constraints[]',
    about: '[Contracts](../contracts.md) tell which are enforced.',
  },
  {
    title: 'Sources of APIs',
    at: 'sources[0]',
    about:
      'An entry of `sources:` whose connector is of the kind odata or rest, or that has none ([sources](../sources.md)).',
  },
  { title: 'Connector of an API', at: 'sources[0].connector' },
  {
    title: 'Paging',
    at: 'sources[0].connector.paging',
    about: 'How the next page is asked for ([sources](../sources.md#paging)).',
  },
  {
    title: 'Jobs of an API',
    at: 'sources[0].tables[].job',
    about:
      'How the records of an endpoint land ([landing](../landing.md), [how an endpoint is read](../reading.md), [deletes](../deletes.md)).',
  },
  {
    title: 'Connector of a database',
    at: 'sources[1].connector',
    about:
      'Kinds mysql and postgres ([relational sources](../relational-sources.md)). The source has else the keys of one of an API.',
  },
  { title: 'Jobs of a database', at: 'sources[1].tables[].job' },
  { title: 'Connector of files', at: 'sources[2].connector' },
  { title: 'Jobs of files', at: 'sources[2].tables[].job' },
  { title: 'Source configuration', at: 'sources[0].config' },
  {
    title: 'Freshness',
    at: 'sources[0].freshness',
    about: '[Freshness](../freshness.md) of a source or a table.',
  },
  {
    title: 'Watermark',
    at: 'sources[0].tables[].watermark',
    about: 'Of a parent that does not record its changes ([incremental models](../incremental.md)).',
  },
  { title: 'Seeds', at: 'seeds[]', about: '[Seeds](../seeds.md).' },
  { title: 'Seed configuration', at: 'seeds[].config' },
  { title: 'Snapshots', at: 'snapshots[]', about: '[Snapshots](../snapshots.md).' },
  { title: 'Snapshot configuration', at: 'snapshots[].config' },
  {
    title: 'Data test configuration',
    at: 'data_tests[].config',
    about: 'Under `config:` of a test, wherever it stands ([data tests](../tests.md)).',
  },
  { title: 'Singular tests', at: 'data_tests[]' },
  { title: 'Unit tests', at: 'unit_tests[]', about: '[Unit tests](../unit-tests.md).' },
  { title: 'Macros', at: 'macros[]' },
  { title: 'Analyses', at: 'analyses[]' },
  { title: 'Exposures', at: 'exposures[]', about: 'Who uses what the models yield.' },
  { title: 'Groups', at: 'groups[]' },
]

/** The keys of properties files: models, sources, jobs and all else. */
export function yamlPage(): string {
  const root = schemaOf('properties')
  const head = pageHead(
    'YAML',
    'What `.yml` files below `models/`, `sources/`, `tests/` and the other folders may hold. Each file is a mapping with `version: 2` and lists of entries. Where a flag, a\nnumber or one of certain words stands, a template in quotes may stand as well. Editors check files by `schemas/properties.json` ([in an editor](../project-files.md#in-an-editor)).',
  )
  const whole: readonly Section[] = sections.map(({ title, at, ...rest }) => ({
    title,
    schema: schemaAt(root, at),
    ...rest,
  }))
  return `${head}\n${renderSections(whole, root)}`
}
