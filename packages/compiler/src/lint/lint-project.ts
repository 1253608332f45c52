import { type Diagnostic, displayLocation, type Graph, type Location, type Node } from '@strata/core'
import type { Compilation } from '../compile.ts'
import type { GraphLineage } from '../lineage/graph-lineage.ts'
import { type LintLevel, type LintRuleId, lintRuleLevels } from '../project/lint-settings.ts'
import type { SourceText } from '../project/project-file.ts'
import type { ProjectSources } from '../read/project-sources.ts'
import { layersOf } from './layers.ts'
import { type OffSwitch, type OffSwitches, readOffSwitches } from './off-switches.ts'
import { placesOf } from './places.ts'
import { projectFacts } from './project-facts.ts'
import type { Finding, LintedNode } from './rule.ts'
import { rules } from './rules.ts'

export interface LintOptions {
  /** What to look at; null: all of it. */
  readonly selected: readonly Node[] | null
  /** These rules alone; null: all that are not off. */
  readonly rules: readonly LintRuleId[] | null
  /** Of the same graph. */
  readonly lineage: GraphLineage
}

export interface LintResult {
  /** What was found, with the rule's id as its code, in the order of files and lines. */
  readonly diagnostics: readonly Diagnostic[]
  /** How many nodes were looked at. */
  readonly looked: number
  /** Names of those whose SQL is known at their step alone: rules about SQL did not look at them. */
  readonly late: readonly string[]
}

/**
 * Looks for what is allowed and yet seldom meant, in the project's own files. Wait for `loadSqlParser` first. Throws
 * `ConfigurationError` for selectors in the settings that cannot be read.
 */
export function lintProject(
  compilation: Pick<Compilation, 'graph' | 'places'>,
  sources: ProjectSources,
  options: LintOptions,
): LintResult {
  const { graph } = compilation
  const settings = sources.project.lint
  const levelOf = (id: LintRuleId): LintLevel =>
    options.rules?.includes(id) === false ? 'off' : (settings.rules[id] ?? lintRuleLevels[id])
  const facts = projectFacts(options.lineage, sources, layersOf(graph, settings))
  const places = placesOf(compilation.places, sources)
  const subjects = (options.selected ?? graph.nodes).filter((node) => isLinted(node, graph))
  const files = sourceTexts(sources)
  const switches = new Map<string, OffSwitches>()
  const used = new Map<OffSwitch, Set<LintRuleId>>()
  const found = new Map<string, Diagnostic>()

  for (const node of subjects)
    for (const { id, rule } of rules) {
      const level = levelOf(id)
      if (level === 'off') continue
      const subject = { node, sql: facts.sqlOf(node), project: facts, isWritten: places.isWritten }
      for (const finding of rule(subject)) {
        const placed = places.placeOf(node, finding)
        if (placed === null || isSwitchedOff(id, node, placed.location)) continue
        const diagnostic = toDiagnostic(id, level, finding, placed)
        found.set(`${displayLocation(diagnostic.location)} ${id} ${diagnostic.message}`, diagnostic)
      }
    }
  return {
    diagnostics: [...found.values(), ...aboutSwitches()].sort(byPlace),
    looked: subjects.length,
    late: subjects.flatMap((node) => ('late' in node && node.late ? [node.name] : [])),
  }

  function isSwitchedOff(id: LintRuleId, node: LintedNode, { file, line }: Location): boolean {
    const candidates = [
      ...switchesOf(file).filter((one) => one.line === null || one.line === line),
      ...switchesOf(node.location.file).filter((one) => one.line === null),
    ].filter((one) => one.rules.includes(id))
    for (const one of candidates) used.set(one, (used.get(one) ?? new Set<LintRuleId>()).add(id))
    return candidates.length > 0
  }

  function switchesOf(file: string): readonly OffSwitch[] {
    return readFile(file).switches
  }

  function readFile(file: string): OffSwitches {
    const known = switches.get(file)
    if (known !== undefined) return known
    const read = readOffSwitches({ path: file, text: files.get(file)?.text ?? '' })
    switches.set(file, read)
    return read
  }

  /** Switches that are misspelt, and those in files all of whose nodes were looked at that switched nothing off. */
  function aboutSwitches(): readonly Diagnostic[] {
    const level = levelOf('off-switch')
    if (level === 'off') return []
    const looked = new Set(subjects)
    const filesOf = (node: LintedNode) => [
      node.location.file,
      ...(node.patchPath === null ? [] : [node.patchPath]),
    ]
    const linted = graph.nodes.filter((node) => isLinted(node, graph))
    const partly = new Set(linted.flatMap((node) => (looked.has(node) ? [] : filesOf(node))))
    const whole = looked.size === linted.length
    const wanted = new Set(whole ? files.keys() : subjects.flatMap(filesOf))
    return [...wanted].flatMap((file) => {
      const { switches: written, problems } = readFile(file)
      const unused = partly.has(file) ? [] : written.flatMap(unusedOf)
      return [...problems, ...unused].map((one) => ({ code: 'off-switch', severity: level, ...one }))
    })
  }

  function unusedOf(one: OffSwitch): readonly Pick<Diagnostic, 'message' | 'hint' | 'location'>[] {
    return one.rules.flatMap((id) =>
      used.get(one)?.has(id) === true || levelOf(id) === 'off' || id === 'off-switch'
        ? []
        : [
            {
              location: one.location,
              message: `this comment switches ${id} off, which finds nothing ${one.line === null ? 'in this file' : 'there'}`,
              hint: 'Delete it.',
            },
          ],
    )
  }
}

/** What packages hold is not the user's to mend, and generic tests are written by macros. */
function isLinted(node: Node, { projectName }: Graph): node is LintedNode {
  if (node.packageName !== projectName) return false
  if (node.kind === 'data_test') return node.test === 'singular'
  return node.kind === 'model' || node.kind === 'seed' || node.kind === 'snapshot' || node.kind === 'analysis'
}

function sourceTexts(sources: ProjectSources): ReadonlyMap<string, SourceText> {
  const { models, macros, tests, snapshots, analyses, properties } = sources
  const texts = [models, macros, tests, snapshots, analyses, properties].flat()
  return new Map(texts.map((one) => [one.path, one]))
}

function toDiagnostic(
  code: LintRuleId,
  severity: 'warning' | 'error',
  { message, hint, related = [] }: Finding,
  placed: { readonly location: Location; readonly via: NonNullable<Finding['related']> },
): Diagnostic {
  const further = [...placed.via, ...related]
  return {
    code,
    severity,
    message,
    ...(hint === undefined ? {} : { hint }),
    location: placed.location,
    ...(further.length === 0 ? {} : { related: further }),
  }
}

function byPlace({ location: a }: Diagnostic, { location: b }: Diagnostic): number {
  return (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line || a.column - b.column
}
