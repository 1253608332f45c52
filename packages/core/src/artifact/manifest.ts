import type { Graph } from '../graph.ts'
import type { Node } from '../node.ts'
import { artifactId } from './artifact-id.ts'
import type { ArtifactMetadata, ArtifactObject } from './artifact-metadata.ts'
import { manifestEntry } from './manifest-entry.ts'

/** `target/manifest.json` in the shape of dbt's manifest v12, with `jobs` of our own beside it. */
export function toManifest(graph: Graph, metadata: ArtifactMetadata): ArtifactObject {
  return sections(graph, metadata, (nodes) =>
    keyed(nodes.map((node) => manifestEntry(node, metadata.database))),
  )
}

/** The text of `toManifest`, from texts of the entries: those of most nodes are known from an earlier compile. */
export function manifestText(
  graph: Graph,
  metadata: ArtifactMetadata,
  entryText: (node: Node) => string,
): string {
  const texts: string[] = []
  const put = (text: string) => texts.push(text)
  for (const [name, section] of Object.entries(sections(graph, metadata, (nodes) => nodes))) {
    put(`${texts.length === 0 ? '{' : ','}${JSON.stringify(name)}:`)
    if (!Array.isArray(section)) {
      put(JSON.stringify(section))
      continue
    }
    put('{')
    for (const [index, node] of (section as readonly Node[]).entries())
      put(`${index === 0 ? '' : ','}${JSON.stringify(artifactId(node.id))}:${entryText(node)}`)
    put('}')
  }
  return `${texts.join('')}}`
}

function sections(
  graph: Graph,
  metadata: ArtifactMetadata,
  listed: (nodes: readonly Node[]) => object,
): ArtifactObject {
  const byKind = (...kinds: readonly Node['kind'][]) =>
    listed(graph.nodes.filter((node) => kinds.includes(node.kind)))
  const children = new Map<string, string[]>(graph.nodes.map((node) => [artifactId(node.id), []]))
  for (const node of graph.nodes)
    for (const parent of node.parents) children.get(artifactId(parent))?.push(artifactId(node.id))
  const members = (group: string) =>
    graph.nodes.filter((node) => node.kind === 'model' && node.group === group).map((node) => node.id)
  return {
    metadata: {
      dbt_schema_version: 'https://schemas.getdbt.com/dbt/manifest/v12.json',
      dbt_version: '1.12.3',
      generated_at: metadata.generatedAt,
      invocation_id: metadata.invocationId,
      project_name: graph.projectName,
      adapter_type: 'postgres',
      generator: `strata ${metadata.strataVersion}`,
    },
    nodes: byKind('model', 'seed', 'snapshot', 'analysis', 'data_test'),
    sources: byKind('source'),
    jobs: byKind('job'),
    macros: keyed(
      graph.macros.map((macro) => ({
        unique_id: macro.id,
        name: macro.name,
        package_name: macro.packageName,
        resource_type: 'macro',
        path: macro.location.file,
        original_file_path: macro.location.file,
        macro_sql: macro.text,
      })),
    ),
    docs: {},
    exposures: byKind('exposure'),
    metrics: keyed(graph.metrics ?? []),
    groups: keyed(
      graph.groups.map((group) => ({
        unique_id: `group.${group.packageName}.${group.name}`,
        name: group.name,
        package_name: group.packageName,
        resource_type: 'group',
        path: group.location.file,
        original_file_path: group.location.file,
        description: null,
        config: { meta: {} },
        owner: { email: null, name: null, ...group.owner },
      })),
    ),
    selectors: {},
    disabled: {},
    parent_map: Object.fromEntries(
      graph.nodes.map((node) => [artifactId(node.id), node.parents.map(artifactId)]),
    ),
    child_map: Object.fromEntries(children),
    group_map: Object.fromEntries(graph.groups.map((group) => [group.name, members(group.name)])),
    saved_queries: {},
    semantic_models: {},
    functions: {},
    unit_tests: byKind('unit_test'),
  }
}

function keyed(entries: readonly ArtifactObject[]): ArtifactObject {
  return Object.fromEntries(entries.map((entry) => [entry['unique_id'], entry]))
}
