import {
  type ArtifactMetadata,
  type Diagnostic,
  deepFreeze,
  displayLocation,
  type Graph,
  type Group,
  hasErrors,
  manifestEntry,
  manifestText,
  type Node,
} from '@strata/core'
import { keptGraphText } from './cache/kept-graph.ts'
import { once } from './once.ts'
import type { Declared } from './project/parse-properties.ts'
import { parseSelectorsFile } from './project/parse-selectors-file.ts'
import type { SelectorEntry } from './project/selector-definition.ts'
import type { ProjectSources } from './read-project.ts'
import { assemble } from './resolve/assemble.ts'
import { toConnector } from './resolve/declared-connector.ts'
import { draftFile } from './resolve/draft.ts'
import { draftProject } from './resolve/draft-project.ts'
import { ignoredMaterializations } from './resolve/find-materialization.ts'
import { graphValue } from './resolve/graph-value.ts'
import { createLateRenderer, type LateRenderer } from './resolve/late-renderer.ts'
import { brokenMacroCode } from './resolve/macros.ts'
import { metricEntries } from './resolve/metric-entries.ts'
import { packageProjects } from './resolve/package-projects.ts'
import { isDbtProject } from './resolve/project-context.ts'
import { lookUpReferences } from './resolve/reference-versions.ts'
import { createGraphRenderer } from './resolve/render-graph.ts'
import { renderNode } from './resolve/render-node.ts'
import type { CompileSettings } from './resolve/render-scope.ts'
import { createRenderer } from './resolve/renderer.ts'
import { createResolution } from './resolve/resolution.ts'
import { runHooks } from './resolve/run-hooks.ts'
import { createSqlPlaces, type SqlPlaces } from './resolve/sql-places.ts'
import { draftTests } from './resolve/test-nodes.ts'
import { createUnitTests, type UnitTests } from './resolve/unit-tests.ts'
import type { NamedSelector } from './select/named-selector.ts'
import { fromJson } from './template/index.ts'

export interface CompileOptions extends CompileSettings {
  /** SQL with templates to compile beside the project: `--inline`. */
  readonly inline?: string
  /** What an earlier compilation gave as `cache`. */
  readonly cache?: string | null
}

export interface Compilation {
  /** Every node that could be compiled. Worth running only where the diagnostics hold no error. */
  readonly graph: Graph
  /** Every complaint, in the order of files and lines. */
  readonly diagnostics: readonly Diagnostic[]
  /** The compiled `inline` text; null: there is none, or it asks the database. */
  readonly inline: string | null
  /** What `selectors.yml` defines. */
  readonly selectors: readonly NamedSelector[]
  /** Text that makes the next compilation faster; null where the one that was given still says all. */
  readonly cache: () => string | null
  /** The whole graph as text, for `recompile`; null where another one is made each time. */
  readonly keptGraph: () => string | null
  /** The text of `target/manifest.json`. */
  readonly manifest: (metadata: ArtifactMetadata) => string
  /** Renders what asks the database, when its turn comes. */
  readonly late: LateRenderer
  readonly unitTests: UnitTests
  /** Where the SQL of models, snapshots and data tests was written. */
  readonly places: SqlPlaces
}

/** Compiles a project for one target: files to graph. Never throws for what a user wrote; needs no database. */
export function compile(sources: ProjectSources, options: CompileOptions): Compilation {
  const diagnostics: Diagnostic[] = [...sources.diagnostics]
  const collect = <T extends { readonly diagnostics: readonly Diagnostic[] }>(step: T): T => {
    diagnostics.push(...step.diagnostics)
    return step
  }

  const graphs = graphValue(sources.project.name, options.target.database)
  const renderer = createRenderer(
    sources,
    options,
    {
      graph: graphs,
      selectedResources: () => fromJson([...(options.selectedResources?.() ?? [])]),
    },
    options.cache ?? null,
  )
  const resolution = createResolution(sources, options, renderer)
  const { packages } = collect(packageProjects(sources, renderer))
  const drafted = collect(draftProject(packages, sources, resolution))
  const assembled = collect(assemble(drafted, packages, resolution, isDbtProject(sources)))
  const services = {
    renderer,
    references: drafted.references,
    ephemeral: assembled.ephemeral,
    log: options.log,
    forgiving: isDbtProject(sources),
  }
  lookUpReferences(services)
  const graphRenderer = createGraphRenderer(services)
  const built = assembled.nodes.map((node) => {
    const renderable = assembled.renderables.get(node.id)
    return renderable === undefined ? node : graphRenderer.render(node, renderable)
  })
  const tests = packages.map((package_) =>
    collect(draftTests({ package_, drafted, resolution, services, graphRenderer })),
  )
  const allNodes = distinctById([...built, ...tests.flatMap((one) => one.nodes)])
  const renderables = new Map([...assembled.renderables, ...tests.flatMap((one) => [...one.renderables])])
  const groups: Group[] = packages.flatMap(({ project, declared }) =>
    declared.groups.map(({ value, document, path }) => ({
      name: value.name,
      packageName: project.name,
      owner: (value.owner ?? {}) as Group['owner'],
      location: document.locate([...path, 'name']),
    })),
  )
  const metrics = metricEntries(packages, resolution)
  graphs.use(allNodes, { groups, metrics })
  const nodes = graphRenderer.finish(allNodes, renderables)
  collect(graphRenderer)
  const { diagnostics: hookComplaints, ...hooks } = runHooks(packages, renderer)
  diagnostics.push(...hookComplaints)
  const selectors = sources.selectors === null ? [] : collect(parseSelectorsFile(sources.selectors)).selectors
  const graph: Graph = deepFreeze({
    projectName: sources.project.name,
    nodes,
    groups,
    metrics,
    connectors: packages.flatMap(({ declared }) =>
      declared.sources.flatMap(({ value: { name, connector } }) =>
        connector ? [toConnector(name, connector)] : [],
      ),
    ),
    macros: renderer.macros.entries(),
    docs: renderer.docs,
    ...hooks,
  })
  const late = createLateRenderer(sources.project.name, renderables, services, options)
  const unitTests = createUnitTests(
    drafted.unitTests,
    nodes,
    [sources, ...sources.packages],
    renderables,
    services,
  )
  const byId = once(() => new Map(nodes.map((node) => [node.id, node])))
  const places = createSqlPlaces(
    (id) => {
      const node = byId().get(id)
      const renderable = renderables.get(id)
      return node === undefined || renderable === undefined ? null : { node, renderable }
    },
    services,
    new Set(sources.builtin.map(({ path }) => path)),
  )
  const inline = options.inline === undefined ? null : compileInline(options.inline)
  collect(renderer)
  collect(resolution)
  diagnostics.push(...ignoredMaterializations(sources))
  // A file that cannot be read has no name yet: what is for it would be called unused.
  if (!hasErrors(diagnostics)) diagnostics.push(...resolution.configs.unused())
  // Without its packages a project is full of names that nobody knows.
  const missing = diagnostics.filter(({ code }) => code === 'PACKAGES_NOT_INSTALLED')
  const complaints = sorted(missing.length > 0 ? missing : diagnostics, sources.builtin)
  const named = selectors.map(namedSelector)
  const entryText = entryTexts(options.target.database)
  return {
    graph,
    diagnostics: complaints,
    inline,
    selectors: named,
    late,
    unitTests,
    places,
    cache: renderer.cache.toText,
    keptGraph() {
      const result = { graph, renderables, diagnostics: complaints, selectors: named, entryText }
      return keptGraphText({ sources, settings: options, renderer, ...result })
    },
    manifest: (metadata) => manifestText(graph, metadata, entryText),
  }

  function compileInline(text: string): string | null {
    const packageName = sources.project.name
    const inlineDraft = collect(draftFile({ path: '--inline', text }, packageName, renderer)).draft
    if (inlineDraft === null) return ''
    const node = assembled.inline(inlineDraft)
    diagnostics.push(...node.diagnostics)
    const { select, diagnostics: complaints } = renderNode(node.renderable, services)
    diagnostics.push(...complaints)
    return select?.full ?? null
  }
}

/** The manifest's entries as text, each made once: they are written and kept. */
function entryTexts(database: string): (node: Node) => string {
  const texts = new Map<Node, string>()
  return (node) => {
    const known = texts.get(node)
    if (known !== undefined) return known
    const text = JSON.stringify(manifestEntry(node, database))
    texts.set(node, text)
    return text
  }
}

/** Two nodes of one id have been complained of; the graph holds the first. */
function distinctById(nodes: readonly Node[]): readonly Node[] {
  const byId = new Map<string, Node>()
  for (const node of nodes) if (!byId.has(node.id)) byId.set(node.id, node)
  return [...byId.values()]
}

function namedSelector({ value, document, path }: Declared<SelectorEntry>): NamedSelector {
  return {
    ...value,
    default: value.default === true,
    definition: value.definition as NamedSelector['definition'],
    location: document.locate(path),
  }
}

/** At a place that the user can go to: where Strata's own macro was called, not inside of it. */
function inProject(diagnostic: Diagnostic, builtin: ReadonlySet<string>): Diagnostic[] {
  if (diagnostic.code === brokenMacroCode) return []
  const { related: places = [], ...rest } = diagnostic
  const isOwn = (place: { readonly location: Diagnostic['location'] }) => builtin.has(place.location.file)
  if (!isOwn(diagnostic) && !places.some(isOwn)) return [diagnostic]
  const [first, ...others] = places.filter((place) => !isOwn(place))
  if (!isOwn(diagnostic)) return [{ ...rest, related: places.filter((place) => !isOwn(place)) }]
  return [first === undefined ? diagnostic : { ...rest, location: first.location, related: others }]
}

/** By file and place, each once: a template that is rendered several times complains several times. */
function sorted(
  diagnostics: readonly Diagnostic[],
  builtin: readonly { readonly path: string }[],
): Diagnostic[] {
  const own = new Set(builtin.map(({ path }) => path))
  const distinct = new Map(
    diagnostics
      .flatMap((one) => inProject(one, own))
      // What is an error once stays one: the last of equal keys is kept.
      .sort((a, b) => Number(a.severity === 'error') - Number(b.severity === 'error'))
      .map((diagnostic) => [
        `${displayLocation(diagnostic.location)} ${diagnostic.code} ${diagnostic.message}`,
        diagnostic,
      ]),
  )
  return [...distinct.values()].sort(
    (a, b) =>
      (a.location.file < b.location.file ? -1 : a.location.file > b.location.file ? 1 : 0) ||
      a.location.line - b.location.line ||
      a.location.column - b.location.column,
  )
}
