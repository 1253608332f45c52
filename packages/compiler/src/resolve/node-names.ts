import type { Diagnostic, Json, Location, ModelVersion, RelationName } from '@strata/core'
import type { PackageSources, ProjectSources } from '../read-project.ts'
import { fromJson, print } from '../template/index.ts'
import { builtinPackage } from './macros.ts'
import type { Config } from './merge-config.ts'
import { isMapping } from './merge-config.ts'
import { schemaPrefix } from './project-context.ts'
import type { CompileSettings } from './render-scope.ts'
import type { Renderer } from './renderer.ts'
import { yamlScope } from './scopes.ts'

/** What the naming of a node's relation depends on. */
export interface Named {
  readonly kind: string
  readonly name: string
  readonly packageName: string
  readonly fqn: readonly string[]
  readonly version: ModelVersion | null
  readonly config: Config
  readonly location: Location
}

/** Where nodes build their relations. */
export interface NodeNames {
  readonly diagnostics: readonly Diagnostic[]
  relationOf(node: Named): RelationName
}

/**
 * Names relations by dbt's three macros where the project has its own of them, and by their plain meaning otherwise:
 * the prefix of the target before the schema that the configuration names, and the alias or the name.
 */
export function createNodeNames(
  sources: ProjectSources,
  settings: CompileSettings,
  renderer: Renderer,
): NodeNames {
  const diagnostics: Diagnostic[] = []
  const { target } = settings
  const rootName = sources.project.name
  const prefix = schemaPrefix(sources, settings)

  const packages = new Map<string, PackageSources>(
    [...sources.packages, sources].map((one) => [one.project.name, one]),
  )
  const searched = (
    sources.project.dispatch.find((entry) => entry.macroNamespace === builtinPackage)?.searchOrder ?? [
      rootName,
    ]
  ).filter((place) => place !== builtinPackage)
  // Our own macro of that name dispatches, so a project may also replace what it dispatches to.
  const dispatched = (macro: string): boolean =>
    searched.some((place) =>
      ['postgres', 'default'].some(
        (form) => renderer.macros.findIn(place, `${form}__${macro}`) !== undefined,
      ),
    )
  const overridden = (macro: string, packageName: string): string | null =>
    [rootName, packageName].find((place) => renderer.macros.findIn(place, macro) !== undefined) ??
    (dispatched(macro) ? builtinPackage : null)
  const generate = (macro: string, custom: string | null, node: Named): string | null => {
    const place = overridden(macro, node.packageName)
    if (place === null) return null
    const text = `{{ ${place}.${macro}(custom, node) }}`
    const parsed = renderer.parse({ path: node.location.file, text })
    const names = new Map([
      ['custom', custom],
      ['node', fromJson(nodeFacts(node, packages.get(node.packageName)))],
    ])
    const rendered = renderer.evaluate(parsed.template!, { ...yamlScope(rootName), execute: true, names })
    for (const complaint of rendered.diagnostics) {
      diagnostics.push({
        ...complaint,
        related: [
          { message: `while naming ${node.name}`, location: node.location },
          ...(complaint.related ?? []),
        ],
      })
    }
    if (rendered.value === undefined) return null
    const name = typeof rendered.value === 'string' ? rendered.value.trim() : ''
    if (name !== '' || macro === 'generate_database_name') return name === '' ? null : name
    diagnostics.push({
      code: 'BAD_NAME',
      severity: 'error',
      message: `${macro}() gave ${rendered.value === '' ? 'nothing' : print(rendered.value)} instead of a name`,
      hint: 'Let the macro print a name on every path.',
      location: node.location,
    })
    return null
  }

  const otherDatabases = new Set([target.database])
  const checkDatabase = (database: string | null, node: Named): void => {
    if (database === null || otherDatabases.has(database)) return
    otherDatabases.add(database)
    diagnostics.push({
      code: 'OTHER_DATABASE',
      severity: 'warning',
      message: `"${node.name}" asks for the database "${database}", and is built in "${target.database}"`,
      hint: 'Postgres reaches no other database than the one of the target; remove the option database.',
      location: node.location,
    })
  }

  return {
    diagnostics,
    relationOf(node) {
      const text = (option: string) =>
        typeof node.config[option] === 'string' ? (node.config[option] as string).trim() || null : null
      const schema = text('schema')
      const alias = text('alias')
      const versioned = node.version === null ? '' : `_v${String(node.version).replaceAll('.', '_')}`
      checkDatabase(generate('generate_database_name', text('database'), node) ?? text('database'), node)
      const relation = {
        schema:
          generate('generate_schema_name', schema, node) ??
          (schema === null ? `${target.prefix}${target.defaultSchema}` : `${prefix}${schema}`),
        name: generate('generate_alias_name', alias, node) ?? alias ?? `${node.name}${versioned}`,
      }
      return foldNames(relation, node.config['quoting'])
    },
  }
}

/** Names that are not to be quoted are what Postgres makes of them. */
export function foldNames(relation: RelationName, quoting: unknown): RelationName {
  if (!isMapping(quoting)) return relation
  return {
    schema: quoting['schema'] === false ? relation.schema.toLowerCase() : relation.schema,
    name: quoting['identifier'] === false ? relation.name.toLowerCase() : relation.name,
  }
}

function nodeFacts(node: Named, package_: PackageSources | undefined): Json {
  const inPackage = node.location.file.slice(package_?.folder.length ?? 0)
  return {
    name: node.name,
    resource_type: node.kind,
    package_name: node.packageName,
    fqn: [...node.fqn],
    unique_id: `${node.kind}.${node.packageName}.${node.name}${node.version === null ? '' : `.v${node.version}`}`,
    version: node.version,
    path: belowRoots(inPackage, package_),
    original_file_path: inPackage,
    config: node.config,
    unrendered_config: node.config,
    tags: node.config['tags'] ?? [],
    meta: node.config['meta'] ?? {},
    alias: node.config['alias'] ?? null,
    schema: node.config['schema'] ?? null,
  }
}

/** The path as dbt has it: without the folder of models, seeds or snapshots that it stands in. */
function belowRoots(path: string, package_: PackageSources | undefined): string {
  if (package_ === undefined) return path
  const { modelPaths, seedPaths, snapshotPaths } = package_.project
  const root = [...modelPaths, ...seedPaths, ...snapshotPaths]
    .map((one) => `${one.replace(/^\.\//, '').replace(/\/+$/, '')}/`)
    .find((one) => path.startsWith(one))
  return path.slice(root?.length ?? 0)
}
