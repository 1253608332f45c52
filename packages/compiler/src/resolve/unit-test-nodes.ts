import type { Diagnostic, Json, Location, ModelVersion } from '@strata/core'
import { didYouMean } from '../project/near-misses.ts'
import type { UnitTestProperties } from '../project/properties-schema.ts'
import { draftFile } from './draft.ts'
import { fqnFolders } from './fqn.ts'
import { asStrings, type Config, isMapping } from './merge-config.ts'
import { parseMoment } from './microbatch-config.ts'
import type { ModelDraft } from './model-drafts.ts'
import type { PackageProject } from './package-project.ts'
import type { References, Resolved, Viewer } from './references.ts'
import { relocated } from './relocated.ts'
import type { Resolution } from './resolution.ts'
import type { DraftedExpectation, DraftedInput, UnitTestDraft } from './unit-test-draft.ts'
import { type DeclaredRows, type ReadFixture, readFixture } from './unit-test-fixture.ts'

interface VersionChoice {
  readonly include?: readonly ModelVersion[] | null | undefined
  readonly exclude?: readonly ModelVersion[] | null | undefined
}

/** One declaration, with what reading it needs. */
interface Reading {
  readonly value: UnitTestProperties
  readonly package_: PackageProject
  readonly references: References
  readonly resolution: Resolution
  readonly viewer: Viewer
  readonly diagnostics: Diagnostic[]
  locate(path: readonly (string | number)[], line?: number): Location
  locateKey(path: readonly (string | number)[]): Location
}

/** The unit tests that one package declares, each a child of its model. */
export function unitTestNodes(
  package_: PackageProject,
  models: readonly ModelDraft[],
  references: References,
  resolution: Resolution,
): { readonly unitTests: readonly UnitTestDraft[]; readonly diagnostics: readonly Diagnostic[] } {
  const packageName = package_.project.name
  const diagnostics: Diagnostic[] = []
  const unitTests = package_.declared.unitTests.flatMap(({ value, document, path }): UnitTestDraft[] => {
    const locate = (below: readonly (string | number)[], line?: number) =>
      document.locate([...path, ...below], line)
    const locateKey = (below: readonly (string | number)[]) => document.locateKey([...path, ...below])
    const location = locate(['name'])
    const fqn = [...fqnFolders(package_, document.file), value.model, value.name]
    const config = resolution.configs.of('unitTests', packageName, fqn, [value], {})
    if (config['enabled'] === false) return []
    const named = models.filter((model) => model.packageName === packageName && model.name === value.model)
    const tested = named.filter((model) => takesVersion(value.versions, model.version))
    const viewer = { packageName, group: tested[0]?.group ?? null }
    const places = { locate, locateKey }
    const reading: Reading = { value, package_, references, resolution, viewer, diagnostics, ...places }
    if (named.length === 0 && !complainOfModel(reading, models)) return []
    complainOfVersions(reading, named)
    const given = readGiven(reading)
    const expected = readExpected(reading)
    const overrides = readOverrides(reading)
    return tested.map((model) => ({
      node: {
        kind: 'unit_test',
        id: unitTestId(packageName, value, model),
        name: value.name,
        packageName,
        fqn,
        location,
        patchPath: null,
        description: resolution.describe(value.description, packageName, location),
        tags: asStrings(config['tags']),
        meta: isMapping(config['meta']) ? config['meta'] : {},
        group: null,
        parents: [model.id],
        model: model.id,
        definition: {
          given: given.definitions,
          ...expected.definitions,
          overrides: (value.overrides ?? {}) as Json,
        },
        config: config as Config,
      },
      inputs: given.inputs,
      expectations: expected.expectations,
      overrides,
    }))
  })
  return { unitTests, diagnostics }
}

function unitTestId(
  packageName: string,
  { model, name }: UnitTestProperties,
  { version }: ModelDraft,
): string {
  const id = `unit_test.${packageName}.${model}.${name}`
  return version === null ? id : `${id}_v${version}`
}

/** Of a model that is switched off the tests are so, too; what is wrong with a broken one has been told: then false. */
function complainOfModel(reading: Reading, models: readonly ModelDraft[]): boolean {
  const { value, viewer, references, diagnostics, locate } = reading
  const reference = {
    kind: 'ref',
    packageName: null,
    name: value.model,
    version: null,
    location: locate(['name']),
  } as const
  const complaint = references.complain(reference, { ...viewer, group: null })
  if (complaint === null || complaint.code === 'DISABLED_REF') return false
  diagnostics.push({
    code: 'UNKNOWN_REF',
    severity: 'error',
    message: `the unit test "${value.name}" is about "${value.model}", which is no model`,
    hint:
      didYouMean(
        value.model,
        models.map((model) => model.name),
      ) ?? '`models list --resource-type model` shows the models there are.',
    location: locate(['model']),
  })
  return true
}

/** Of versions that the model has not. */
function complainOfVersions({ value, diagnostics, locate }: Reading, named: readonly ModelDraft[]): void {
  if (named.length === 0) return
  const known = named.flatMap(({ version }) => (version === null ? [] : [String(version)]))
  for (const key of ['include', 'exclude'] as const)
    for (const [index, version] of (value.versions?.[key] ?? []).entries()) {
      if (known.includes(String(version))) continue
      diagnostics.push({
        code: 'UNKNOWN_REF',
        severity: 'error',
        message: `the unit test "${value.name}" names version ${version} of "${value.model}", which has no such version`,
        hint: known.length === 0 ? 'The model has no versions.' : `Its versions are ${known.join(', ')}.`,
        location: locate(['versions', key, index]),
      })
    }
}

function readGiven(reading: Reading): {
  readonly inputs: readonly DraftedInput[]
  readonly definitions: Json
} {
  const inputs: DraftedInput[] = []
  const definitions: Json[] = []
  for (const [index, given] of (reading.value.given ?? []).entries()) {
    const location = reading.locate(['given', index, 'input'])
    const label = given.input.trim()
    const found = label === 'this' ? null : resolveInput(label, location, reading)
    const seed = found?.id.startsWith('seed.') === true ? seedFile(found, reading) : null
    const { fixture, placeInRows, definition } = readRows(reading, given, label, ['given', index], seed)
    definitions.push({ input: given.input, ...definition })
    if (found === undefined || fixture === null) continue
    const node = found?.id ?? null
    if (inputs.some((other) => other.node === node)) {
      reading.diagnostics.push({
        code: 'DUPLICATE_INPUT',
        severity: 'error',
        message: `the unit test "${reading.value.name}" gives ${label} twice`,
        hint: 'Put its rows into one input.',
        location,
      })
      continue
    }
    inputs.push({ label, node, fixture, location, placeInRows })
  }
  return { inputs, definitions }
}

function seedFile({ name }: Resolved, { package_ }: Reading): { path: string; read: () => string } | null {
  return package_.seeds.find(({ path }) => path.endsWith(`/${name}.csv`)) ?? null
}

/** Undefined where it leads nowhere, which is complained of. */
function resolveInput(label: string, location: Location, reading: Reading): Resolved | undefined {
  const { package_, resolution, references, viewer, diagnostics } = reading
  const complain = (message: string, hint: string): undefined => {
    diagnostics.push({ code: 'BAD_INPUT', severity: 'error', message, hint, location })
    return undefined
  }
  if (/^[\w.]+$/.test(label))
    return complain(`the input ${label} is no reference`, hintForName(label, location, reading))
  const text = label.startsWith('{{') ? label : `{{ ${label} }}`
  const source = { path: location.file, text }
  const { draft, diagnostics: complaints } = draftFile(source, package_.project.name, resolution.renderer)
  diagnostics.push(...complaints.map((one) => relocated(one, location)))
  if (draft === null) return undefined
  const [reference] = draft.references
  if (reference === undefined) {
    if (complaints.length > 0) return undefined
    return complain(`the input ${label} names no relation`, "Write ref('…'), source('…', '…') or this.")
  }
  const found = references.find(reference, viewer)
  if (found !== null) return found
  const complaint = references.complain(reference, viewer)
  if (complaint !== null) diagnostics.push(relocated(complaint, location))
  return undefined
}

/** What to write for a name that stands alone. */
function hintForName(label: string, location: Location, { references, viewer }: Reading): string {
  const [first, second] = label.split('.')
  const source = {
    kind: 'source',
    sourceName: first!,
    tableName: second ?? '',
    location,
  } as const
  if (second !== undefined && references.find(source, viewer) !== null)
    return `Write source('${first}', '${second}').`
  const name = second ?? first!
  const reference = { kind: 'ref', packageName: null, name, version: null, location } as const
  if (references.find(reference, viewer) !== null) return `Write ref('${name}').`
  const { hint = '' } = references.complain(reference, viewer) ?? {}
  return `${hint} An input is ref('…'), source('…', '…') or this.`.trim()
}

function readExpected(reading: Reading): {
  readonly expectations: readonly DraftedExpectation[]
  readonly definitions: { readonly expect: Json; readonly expects?: Json }
} {
  const { value } = reading
  const declared = value.expects ?? (value.expect ? [value.expect] : [])
  const expectations: DraftedExpectation[] = []
  const definitions = declared.map((one, index): Json => {
    const path = value.expects ? ['expects', index] : ['expect']
    const { fixture, placeInRows, definition } = readRows(reading, one, path.join(' '), path, null)
    const cte = one.cte ?? null
    const location = reading.locate(cte === null ? path : [...path, 'cte'])
    if (fixture !== null) expectations.push({ cte, fixture, location, placeInRows })
    return cte === null ? { ...definition } : { ...definition, cte }
  })
  const [first = null] = definitions
  return { expectations, definitions: { expect: first, ...(value.expects ? { expects: definitions } : {}) } }
}

function readRows(
  reading: Reading,
  declared: DeclaredRows,
  label: string,
  path: readonly (string | number)[],
  seed: { readonly path: string; readonly read: () => string } | null,
): ReadFixture {
  const read = readFixture(declared, {
    label: `${label} of the unit test "${reading.value.name}"`,
    files: reading.package_.fixtures,
    seed,
    places: {
      locate: (below, line) => reading.locate([...path, ...below], line),
      locateKey: (below) => reading.locateKey([...path, ...below]),
    },
  })
  reading.diagnostics.push(...read.diagnostics)
  return read
}

function readOverrides({ value, diagnostics, locate }: Reading): UnitTestDraft['overrides'] {
  const declared = value.overrides ?? {}
  const clock = declared.clock ?? null
  const moment = clock === null ? null : parseMoment(clock)
  if (clock !== null && moment === null) {
    diagnostics.push({
      code: 'BAD_VALUE',
      severity: 'error',
      message: `the clock of the unit test "${value.name}" is ${JSON.stringify(clock)}, which is no date or time`,
      hint: 'Write it as 2024-01-01, or as 2024-01-01T06:00:00; without an offset it is UTC.',
      location: locate(['overrides', 'clock']),
    })
  }
  return {
    macros: (declared.macros ?? {}) as { readonly [name: string]: Json },
    vars: (declared.vars ?? {}) as { readonly [name: string]: Json },
    environment: (declared.env_vars ?? {}) as { readonly [name: string]: Json },
    clock: moment,
  }
}

function takesVersion(choice: VersionChoice | null | undefined, version: ModelVersion | null): boolean {
  if (choice === null || choice === undefined || version === null) return true
  const lists = (list: readonly ModelVersion[]) => list.some((one) => String(one) === String(version))
  if (choice.include) return lists(choice.include)
  return !lists(choice.exclude ?? [])
}
