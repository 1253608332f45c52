import type { Contract, Diagnostic, Hook, SeedConfig, SeedNode } from '@strata/core'
import { didYouMean } from '../project/near-misses.ts'
import type { Adoption } from './adopted-properties.ts'
import { contractOf } from './contract.ts'
import { draftFile } from './draft.ts'
import { fqnOf } from './fqn.ts'
import { withFurtherReferences } from './further-references.ts'
import type { Config } from './merge-config.ts'
import { asStrings, isMapping } from './merge-config.ts'
import type { PackageProject } from './package-project.ts'
import type { Renderer } from './renderer.ts'
import type { Resolution } from './resolution.ts'
import { hooksOf } from './resource-config.ts'

/** The seeds of one package: CSV files, with what the properties say of them. */
export function seedNodes(
  package_: PackageProject,
  resolution: Resolution,
  adoption: Adoption,
): {
  readonly seeds: readonly SeedNode[]
  readonly disabled: readonly string[]
  readonly diagnostics: readonly Diagnostic[]
} {
  const packageName = package_.project.name
  const byName = new Map(package_.declared.seeds.map((declared) => [declared.value.name, declared]))
  const adopted = adoption.seeds.get(packageName)
  const disabled: string[] = []
  const diagnostics: Diagnostic[] = []
  const seeds = package_.seeds.flatMap((file): SeedNode[] => {
    const { name, fqn } = fqnOf(package_, package_.project.seedPaths, file.path)
    const declared = adopted?.get(name) ?? byName.get(name) ?? null
    const location = { file: file.path, line: 1, column: 1 }
    const config = resolution.configs.of('seeds', packageName, fqn, [declared?.value ?? null], {})
    if (config['enabled'] === false) {
      disabled.push(name)
      return []
    }
    const at = declared?.document.locate(declared.path) ?? location
    const preHooks = hooksOf(config, 'pre_hook')
    const postHooks = hooksOf(config, 'post_hook')
    const delimiter = config['delimiter']
    if (typeof delimiter === 'string' && [...delimiter].length > 1) {
      diagnostics.push({
        code: 'BAD_VALUE',
        severity: 'error',
        message: `the delimiter of the seed "${name}" is ${JSON.stringify(delimiter)}, and can be one character`,
        hint: 'Write the character that separates the columns, such as ";".',
        location: declared?.document.locate([...declared.path, 'config', 'delimiter']) ?? location,
      })
    }
    const relation = resolution.names.relationOf({
      kind: 'seed',
      name,
      packageName,
      fqn,
      version: null,
      config,
      location,
    })
    const columns = (declared?.value.columns ?? []).map((column) =>
      resolution.column(column, packageName, at),
    )
    // dbt knows none of seeds.
    const promises = resolution.configuresTests
      ? seedContract({ name, relation, columns, location, properties: declared }, config['contract'])
      : { contract: undefined, diagnostics: [] }
    diagnostics.push(...promises.diagnostics)
    return [
      {
        kind: 'seed',
        id: `seed.${packageName}.${name}`,
        name,
        packageName,
        fqn,
        location,
        patchPath: declared?.document.file ?? null,
        description: resolution.describe(declared?.value.description, packageName, at),
        tags: asStrings(config['tags']),
        meta: isMapping(config['meta']) ? config['meta'] : {},
        group: typeof config['group'] === 'string' ? config['group'] : null,
        parents: [],
        relation,
        config: seedConfig(config, promises.contract),
        columns,
        ...(promises.contract === undefined ? {} : { contract: { ...promises.contract, columns: null } }),
        file: file.path,
        checksum: file.checksum,
        preHooks,
        postHooks,
        ...macrosOf([...preHooks, ...postHooks], file.path, packageName, resolution.renderer),
      },
    ]
  })
  return { seeds, disabled, diagnostics: [...diagnostics, ...withoutFile(package_, adoption)] }
}

/** Tests and types of a misspelt name would be missed by nobody. */
function withoutFile(package_: PackageProject, { givenAway }: Adoption): readonly Diagnostic[] {
  if (package_.folder !== '') return []
  const names = new Set(
    package_.seeds.map(({ path }) => fqnOf(package_, package_.project.seedPaths, path).name),
  )
  return package_.declared.seeds
    .filter((declared) => !names.has(declared.value.name) && !givenAway.has(declared))
    .map((declared) => ({
      code: 'PROPERTIES_WITHOUT_SEED',
      severity: 'warning',
      message: `there is no seed "${declared.value.name}" for these properties`,
      hint: didYouMean(declared.value.name, names) ?? 'Remove the block, or add the CSV file.',
      location: declared.document.locate([...declared.path, 'name']),
    }))
}

/** A seed has no template but its hooks. */
function macrosOf(
  hooks: readonly Hook[],
  path: string,
  packageName: string,
  renderer: Renderer,
): Pick<SeedNode, 'macros' | 'calls'> {
  const { draft } = draftFile({ path, text: '' }, packageName, renderer)
  if (draft === null || hooks.length === 0) return {}
  const { macros, calls } = withFurtherReferences(draft, { hooks, constraints: [] }, renderer)
  return { macros, calls }
}

/** A seed has no parents, which a foreign key to a model would be. */
function seedContract(
  seed: Omit<Parameters<typeof contractOf>[0], 'modelConfig'>,
  contract: unknown,
): ReturnType<typeof contractOf> {
  const refused: Diagnostic[] = []
  const made = contractOf(
    { ...seed, modelConfig: { materialized: 'table', contract } },
    {
      underContractOnly: false,
      pointsTo(to) {
        if (!/^\s*(ref|source)\s*\(/.test(to)) return 'text'
        refused.push({
          code: 'FOREIGN_KEY_OF_SEED',
          severity: 'error',
          message: `the seed "${seed.name}" has a foreign key to ${to}, and seeds are loaded before all else`,
          hint: 'Test it with relationships, or give the foreign key to a model that reads the seed.',
          location: seed.properties?.document.locate(seed.properties.path) ?? seed.location,
        })
        return null
      },
    },
  )
  return { contract: made.contract, diagnostics: [...made.diagnostics, ...refused] }
}

/** `column_types` go before the types of a contract. */
function seedConfig(config: Config, contract: Contract | undefined): SeedConfig {
  const promised = (contract?.columns ?? []).map(({ name, type }) => [name, type])
  const types = {
    ...Object.fromEntries(promised),
    ...(isMapping(config['column_types']) ? config['column_types'] : {}),
  }
  return {
    ...config,
    columnTypes: Object.fromEntries(Object.entries(types).map(([column, type]) => [column, String(type)])),
    quoteColumns: typeof config['quote_columns'] === 'boolean' ? config['quote_columns'] : null,
    delimiter:
      typeof config['delimiter'] === 'string' && config['delimiter'] !== '' ? config['delimiter'] : ',',
  }
}
