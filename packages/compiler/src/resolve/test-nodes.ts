import { createHash } from 'node:crypto'
import type { DataTestNode, Diagnostic, Json, SourceNode } from '@strata/core'
import type { Declared } from '../project/parse-properties.ts'
import type { ProjectFile, SourceText } from '../project/project-file.ts'
import type { SourceProperties } from '../project/properties-schema.ts'
import { compileSelect } from './compile-select.ts'
import { draftFile } from './draft.ts'
import { asStrings } from './merge-config.ts'
import type { ModelDraft } from './model-drafts.ts'
import type { References } from './references.ts'
import type { Renderer } from './renderer.ts'
import { type TestDeclaration, testDeclarations } from './test-declarations.ts'

/** A model or source table that tests can be attached to. */
interface Subject {
  readonly id: string
  readonly name: string
  /** The template expression that refers to it. */
  readonly expression: string
  readonly fqn: readonly string[]
  readonly tests: readonly TestDeclaration[]
}

export interface TestInputs {
  readonly project: ProjectFile
  readonly models: readonly ModelDraft[]
  readonly sources: readonly SourceNode[]
  readonly sourceDeclarations: readonly Declared<SourceProperties>[]
  readonly singular: readonly SourceText[]
  readonly references: References
  readonly renderer: Renderer
}

/** The data tests of a project: those declared in properties, and the files in the test folders. */
export function testNodes(inputs: TestInputs): {
  readonly tests: readonly DataTestNode[]
  readonly diagnostics: readonly Diagnostic[]
} {
  const diagnostics: Diagnostic[] = []
  const tests = new Map<string, DataTestNode>()
  for (const subject of subjectsOf(inputs, diagnostics)) {
    for (const declaration of subject.tests) {
      const node = genericTest(inputs, subject, declaration, diagnostics)
      if (node !== null) tests.set(node.id, node)
    }
  }
  for (const file of inputs.singular) {
    const node = singularTest(inputs, file, diagnostics)
    if (node !== null) tests.set(node.id, node)
  }
  return { tests: [...tests.values()], diagnostics }
}

function subjectsOf(inputs: TestInputs, diagnostics: Diagnostic[]): Subject[] {
  const subjects: Subject[] = []
  for (const model of inputs.models) {
    if (model.properties === null) continue
    const { document, path, value } = model.properties
    const read = testDeclarations(document, path, value)
    diagnostics.push(...read.diagnostics)
    subjects.push({
      id: model.id,
      name: model.name,
      expression: `ref(${literal(model.name)})`,
      fqn: model.fqn,
      tests: read.tests,
    })
  }
  const sources = new Map(inputs.sources.map((source) => [source.name, source]))
  for (const declared of inputs.sourceDeclarations) {
    for (const [index, table] of (declared.value.tables ?? []).entries()) {
      const source = sources.get(`${declared.value.name}.${table.name}`)
      if (source === undefined) continue
      const read = testDeclarations(declared.document, [...declared.path, 'tables', index], table)
      diagnostics.push(...read.diagnostics)
      const expression = `source(${literal(source.sourceName)}, ${literal(table.name)})`
      subjects.push({
        id: source.id,
        name: `${source.sourceName}_${table.name}`,
        expression,
        fqn: source.fqn,
        tests: read.tests,
      })
    }
  }
  return subjects
}

function genericTest(
  inputs: TestInputs,
  subject: Subject,
  declaration: TestDeclaration,
  diagnostics: Diagnostic[],
): DataTestNode | null {
  const { renderer, references, project } = inputs
  const macro = renderer.findTest(declaration.test)
  if (macro === null) {
    diagnostics.push({
      code: 'UNKNOWN_TEST',
      severity: 'error',
      message: `there is no test "${declaration.test}"`,
      hint:
        renderer.suggestTest(declaration.test) ??
        'Tests are unique, not_null, accepted_values, relationships, and {% test %} blocks in macros/.',
      location: declaration.location,
    })
    return null
  }
  const model =
    declaration.where === null
      ? subject.expression
      : `('(select * from ' ~ ${subject.expression} ~ ' where ' ~ ${literal(declaration.where)} ~ ') as filtered')`
  const given: [string, string][] = [['model', model]]
  if (declaration.column !== null) given.push(['column_name', literal(declaration.column)])
  for (const [name, value] of Object.entries(declaration.arguments)) given.push([name, expressionOf(value)])
  const text = `{{ ${macro}(${given.map(([name, value]) => `${name}=${value}`).join(', ')}) }}`

  const relocate = (complaint: Diagnostic): Diagnostic => ({ ...complaint, location: declaration.location })
  const drafted = draftFile({ path: declaration.location.file, text }, renderer)
  if (drafted.diagnostics.length > 0 || drafted.draft === null) {
    diagnostics.push(...drafted.diagnostics.map(relocate))
    return null
  }
  const compiled = compileSelect(drafted.draft, null, false, references, renderer)
  diagnostics.push(...compiled.diagnostics.map(relocate))
  const name = declaration.name ?? synthesizedName(subject.name, declaration)
  const hash = createHash('md5').update(`${name}\n${text}`).digest('hex').slice(0, 10)
  return {
    kind: 'data_test',
    id: `data_test.${project.name}.${name}.${hash}`,
    name,
    packageName: project.name,
    fqn: [...subject.fqn.slice(0, -1), name],
    location: declaration.location,
    description: '',
    tags: declaration.tags,
    meta: {},
    parents: compiled.parents,
    test: 'generic',
    testName: declaration.test,
    attachedTo: subject.id,
    column: declaration.column,
    severity: declaration.severity,
    rawCode: text,
    select: compiled.select,
  }
}

function singularTest(inputs: TestInputs, file: SourceText, diagnostics: Diagnostic[]): DataTestNode | null {
  const { renderer, references, project } = inputs
  const drafted = draftFile(file, renderer)
  diagnostics.push(...drafted.diagnostics)
  // A file of {% test %} blocks defines generic tests and is none itself.
  if (drafted.draft === null || renderer.definesMacros(drafted.draft.template)) return null
  const { config } = drafted.draft
  if (config['enabled'] === false) return null
  const compiled = compileSelect(drafted.draft, null, false, references, renderer)
  diagnostics.push(...compiled.diagnostics)
  const parts = file.path
    .replace(/\.sql$/, '')
    .split('/')
    .slice(1)
  const name = parts.at(-1)!
  return {
    kind: 'data_test',
    id: `data_test.${project.name}.${name}`,
    name,
    packageName: project.name,
    fqn: [project.name, ...parts],
    location: { file: file.path, line: 1, column: 1 },
    description: '',
    tags: asStrings(config['tags']),
    meta: {},
    parents: compiled.parents,
    test: 'singular',
    testName: name,
    attachedTo: null,
    column: null,
    severity: String(config['severity'] ?? 'error').toLowerCase() === 'warn' ? 'warn' : 'error',
    rawCode: file.text,
    select: compiled.select,
  }
}

/** dbt's name: test, subject, then the arguments in the order of their names. */
function synthesizedName(subject: string, declaration: TestDeclaration): string {
  const flat = (value: Json): string[] => {
    if (Array.isArray(value)) return value.flatMap(flat)
    if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(flat)
    return [String(value)]
  }
  const all: { readonly [name: string]: Json } = {
    ...declaration.arguments,
    ...(declaration.column === null ? {} : { column_name: declaration.column }),
  }
  const parts = Object.keys(all)
    .sort()
    .flatMap((name) => flat(all[name]!))
    .map((part) => part.replace(/[^0-9a-zA-Z_]+/g, '_'))
  const [packageName, test] = declaration.test.includes('.')
    ? (declaration.test.split('.') as [string, string])
    : ['', declaration.test]
  return (
    [packageName, test, subject].filter((part) => part !== '').join('_') +
    (parts.length > 0 ? `_${parts.join('__')}` : '')
  )
}

/** A YAML value as a template expression. A text that is a call of ref() or source() is that call, as in dbt. */
function expressionOf(value: Json): string {
  if (typeof value === 'string') {
    if (/^\s*(ref|source|var|env_var)\s*\([^{}]*\)\s*$/.test(value)) return value.trim()
    const whole = /^\s*\{\{(.*)\}\}\s*$/s.exec(value)
    return whole === null ? literal(value) : `(${whole[1]!.trim()})`
  }
  if (value === null) return 'none'
  if (typeof value !== 'object') return String(value)
  if (Array.isArray(value)) return `[${value.map(expressionOf).join(', ')}]`
  return `{${Object.entries(value)
    .map(([key, item]) => `${literal(key)}: ${expressionOf(item)}`)
    .join(', ')}}`
}

function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`
}
