import type { Diagnostic, Json, Location, ModelVersion, RelationName } from '@strata/core'
import type { ProjectSources } from '../read-project.ts'
import { fromJson, print } from '../template/index.ts'
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

  const overridden = (macro: string, packageName: string): string | null =>
    [rootName, packageName].find((place) => renderer.macros.findIn(place, macro) !== undefined) ?? null
  const generate = (macro: string, custom: string | null, node: Named): string | null => {
    const place = overridden(macro, node.packageName)
    if (place === null) return null
    const text = `{{ ${place}.${macro}(custom, node) }}`
    const parsed = renderer.parse({ path: node.location.file, text })
    const names = new Map([
      ['custom', custom],
      ['node', fromJson(nodeFacts(node))],
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
    return rendered.value === undefined ? null : print(rendered.value).trim()
  }

  return {
    diagnostics,
    relationOf(node) {
      const text = (option: string) =>
        typeof node.config[option] === 'string' ? (node.config[option] as string).trim() : null
      const schema = text('schema')
      const alias = text('alias')
      const versioned = node.version === null ? '' : `_v${String(node.version).replaceAll('.', '_')}`
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

function nodeFacts(node: Named): Json {
  return {
    name: node.name,
    resource_type: node.kind,
    package_name: node.packageName,
    fqn: [...node.fqn],
    unique_id: `${node.kind}.${node.packageName}.${node.name}`,
    version: node.version,
    path: node.location.file,
    original_file_path: node.location.file,
    config: node.config,
    unrendered_config: node.config,
    tags: node.config['tags'] ?? [],
    meta: node.config['meta'] ?? {},
    alias: node.config['alias'] ?? null,
    schema: node.config['schema'] ?? null,
  }
}
