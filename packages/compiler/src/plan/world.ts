import { hash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import {
  displayRelation,
  type NodeId,
  type Plan,
  type StepState,
  type World,
  type WorldState,
} from '@strata/core'
import type { PackageSources, ProjectSources } from '../read-project.ts'
import { isTypeScript } from '../typescript/index.ts'

/** What of a relation's state a saved plan stands on. */
export type WatchedState = Pick<StepState, 'fingerprint' | 'definitionHash' | 'edges'> & {
  readonly oid: string | null
  readonly columns: readonly string[]
}

/** The world that a plan is made on, or is about to be executed on. */
export function worldOf(
  sources: ProjectSources,
  plan: Plan,
  stateOf: (step: { readonly id: NodeId }) => WatchedState,
): World {
  const steps = plan.steps.filter((step) => 'relation' in step)
  return {
    files: filesOf(sources),
    states: Object.fromEntries(steps.map((step) => [step.id, watched(stateOf(step))])),
  }
}

/** What has moved since, in words: files first, then relations. */
export function worldDifferences(plan: Plan, before: World, now: World): readonly string[] {
  const paths = [...new Set([...Object.keys(before.files), ...Object.keys(now.files)])].sort()
  const files = paths.flatMap((path) => {
    if (before.files[path] === now.files[path]) return []
    if (before.files[path] === undefined) return [`${path} is new`]
    if (now.files[path] === undefined) return [`${path} is gone`]
    return [isTypeScript(path) ? `${path} or what it imports changed` : `${path} changed`]
  })
  const states = plan.steps.flatMap((step) => {
    const [was, is] = [before.states[step.id], now.states[step.id]]
    if (!('relation' in step) || isDeepStrictEqual(was, is)) return []
    return [`${displayRelation(step.relation)} ${stateDifference(was, is)}`]
  })
  return [...files, ...states]
}

function stateDifference(was: WorldState | undefined, is: WorldState | undefined): string {
  if (was === undefined || is === undefined) return 'was not looked at'
  if (was.oid === null) return 'has been built'
  if (is.oid === null) return 'is gone'
  if (was.oid !== is.oid || was.fingerprint !== is.fingerprint) return 'has been built anew'
  if (was.definitionHash !== is.definitionHash) return 'has another definition'
  return isDeepStrictEqual(was.columns, is.columns) ? 'has taken an increment' : 'has been altered'
}

function watched({ oid, fingerprint, definitionHash, columns, edges }: WatchedState): WorldState {
  return {
    oid,
    fingerprint,
    definitionHash,
    columns,
    edges: Object.fromEntries(edges.map(({ parent, from }) => [parent, from])),
  }
}

/** What everybody has the same is left out: the macros that come with Strata. */
function filesOf(sources: ProjectSources): World['files'] {
  const files: [string, string][] = [sources, ...sources.packages].flatMap(filesOfPackage)
  if (sources.selectors !== null) files.push([sources.selectors.path, digest(sources.selectors.text)])
  return Object.fromEntries(files.sort(([a], [b]) => (a < b ? -1 : 1)))
}

function filesOfPackage(one: PackageSources): [string, string][] {
  const texts = [one.macros, one.tests, one.snapshots, one.analyses, one.properties, one.docs].flat()
  return [
    [one.project.path, digest(JSON.stringify(one.project))],
    ...one.models.map(({ path, text, typescript }): [string, string] => [
      path,
      typescript?.checksum ?? digest(text),
    ]),
    ...texts.map(({ path, text }): [string, string] => [path, digest(text)]),
    ...one.seeds.map(({ path, checksum }): [string, string] => [path, checksum]),
  ]
}

function digest(text: string): string {
  return hash('md5', text, 'base64url')
}
