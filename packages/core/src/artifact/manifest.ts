import { hash } from 'node:crypto'
import type { DocsBlock, Graph, Group, MacroEntry } from '../graph.ts'
import type { Node } from '../node.ts'
import { artifactId } from './artifact-id.ts'
import { type ArtifactMetadata, type ArtifactObject, artifactHead } from './artifact-metadata.ts'
import { originalPath, pathBelowFolder } from './artifact-path.ts'
import { manifestEntry } from './manifest-entry.ts'

/** `target/manifest.json` in the shape of dbt's manifest v12. A job, which dbt does not know, stands in the `config` of its source. */
export function toManifest(graph: Graph, metadata: ArtifactMetadata): ArtifactObject {
  return sections(graph, metadata, (nodes) =>
    keyed(
      nodes.map((node) => {
        const entry = manifestEntry(node, metadata.database)
        const job = jobOf(graph, node)
        return job === null
          ? entry
          : { ...entry, config: { ...(entry['config'] as object), job: manifestEntry(job) } }
      }),
    ),
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
    for (const [index, node] of (section as readonly Node[]).entries()) {
      const job = jobOf(graph, node)
      const text = entryText(node)
      put(`${index === 0 ? '' : ','}${JSON.stringify(artifactId(node.id))}:`)
      // The configuration is the last member of a source's entry, and never empty.
      put(job === null ? text : `${text.slice(0, -2)},"job":${entryText(job)}}}`)
    }
    put('}')
  }
  return `${texts.join('')}}`
}

const jobsByGraph = new WeakMap<Graph, ReadonlyMap<string, Node>>()

/** The job that lands the table of a source. */
function jobOf(graph: Graph, node: Node): Node | null {
  if (node.kind !== 'source' || node.parents.length === 0) return null
  let jobs = jobsByGraph.get(graph)
  if (jobs === undefined) {
    jobs = new Map(graph.nodes.flatMap((one) => (one.kind === 'job' ? [[one.id, one]] : [])))
    jobsByGraph.set(graph, jobs)
  }
  return node.parents.map((id) => jobs.get(id)).find((job) => job !== undefined) ?? null
}

function sections(
  graph: Graph,
  metadata: ArtifactMetadata,
  listed: (nodes: readonly Node[]) => object,
): ArtifactObject {
  const byKind = (...kinds: readonly Node['kind'][]) =>
    listed(graph.nodes.filter((node) => kinds.includes(node.kind)))
  const members = (group: string) =>
    graph.nodes.filter((node) => node.kind === 'model' && node.group === group).map((node) => node.id)
  return {
    metadata: {
      ...artifactHead('manifest', metadata),
      project_name: graph.projectName,
      project_id: hash('md5', graph.projectName),
      user_id: null,
      send_anonymous_usage_stats: false,
      adapter_type: 'postgres',
    },
    nodes: byKind('model', 'seed', 'snapshot', 'analysis', 'data_test'),
    sources: byKind('source'),
    macros: keyed(graph.macros.map(macroEntry)),
    docs: keyed([overview, ...(graph.docs ?? []).map(docsEntry)]),
    exposures: byKind('exposure'),
    metrics: keyed(graph.metrics ?? []),
    groups: keyed(graph.groups.map(groupEntry)),
    selectors: {},
    disabled: {},
    ...neighbours(graph),
    group_map: Object.fromEntries(graph.groups.map((group) => [group.name, members(group.name)])),
    saved_queries: {},
    semantic_models: {},
    functions: {},
    unit_tests: byKind('unit_test'),
  }
}

/** Jobs are left out: readers look every id up among the nodes that dbt knows. */
function neighbours(graph: Graph): ArtifactObject {
  const nodes = graph.nodes.filter((node) => node.kind !== 'job')
  const children = new Map<string, string[]>(nodes.map((node) => [artifactId(node.id), []]))
  const parents = nodes.map((node) => {
    const id = artifactId(node.id)
    const known = node.kind === 'source' ? [] : node.parents.map(artifactId)
    for (const parent of known) children.get(parent)?.push(id)
    return [id, known] as const
  })
  return { parent_map: Object.fromEntries(parents), child_map: Object.fromEntries(children) }
}

function macroEntry({ id, name, packageName, location, text }: MacroEntry): ArtifactObject {
  const file = originalPath(location.file)
  return {
    unique_id: id,
    name,
    package_name: packageName,
    resource_type: 'macro',
    path: file,
    original_file_path: file,
    macro_sql: text,
    depends_on: { macros: [] },
    description: '',
    meta: {},
    docs: { show: true, node_color: null },
    patch_path: null,
    arguments: [],
    created_at: 0,
    supported_languages: null,
  }
}

/** The page of dbt opens with this text, unless the project has a block of that name. */
const overview = docsEntry({
  name: '__overview__',
  packageName: 'dbt',
  file: 'docs/overview.md',
  text: `### What is here

**Project** shows the models, tests, seeds, snapshots and macros by folder, and the sources that they begin with. **Database**
shows the relations by schema. The button at the bottom right draws what stands before and after a model.

A source whose *Loader* is Strata is landed by a job. Jobs have no page of their own: \`models list --resource-type job\` and
\`models source status\` show them.

To write a text of your own here, put \`{% docs __overview__ %} … {% enddocs %}\` into a \`.md\` file of the project.`,
})

function docsEntry({ name, packageName, file, text }: DocsBlock): ArtifactObject {
  return {
    unique_id: `doc.${packageName}.${name}`,
    name,
    package_name: packageName,
    resource_type: 'doc',
    path: pathBelowFolder(file),
    original_file_path: originalPath(file),
    block_contents: text,
  }
}

function groupEntry({ name, packageName, location, owner }: Group): ArtifactObject {
  return {
    unique_id: `group.${packageName}.${name}`,
    name,
    package_name: packageName,
    resource_type: 'group',
    path: pathBelowFolder(location.file),
    original_file_path: originalPath(location.file),
    description: null,
    config: { meta: {} },
    owner: { email: null, name: null, ...owner },
  }
}

function keyed(entries: readonly ArtifactObject[]): ArtifactObject {
  return Object.fromEntries(entries.map((entry) => [entry['unique_id'], entry]))
}
