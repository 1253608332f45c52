import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { filesBelow } from './files-below.ts'

/** One place of the code where an error or a diagnostic is born. */
export interface CodeSite {
  readonly code: string
  readonly family: Family
  /** As it is shown, with `‹what is filled in›` or `…`; null where it is made elsewhere. */
  readonly message: string | null
  /** Null where there is none, or it is made elsewhere. */
  readonly hint: string | null
  /** Of an error of Postgres: its SQLSTATE. */
  readonly sqlstate: string | null
}

/** Of which kind it is: complaints about files, what keeps a command from starting, and what fails while it works. */
export type Family = 'error' | 'warning' | 'start' | 'source' | 'database' | 'step'

const shape = /^[A-Z][A-Z0-9…]*(_[A-Z0-9…]+)*_?…?$/

const families: { readonly [className: string]: Family } = {
  ConfigurationError: 'start',
  SourceError: 'source',
  DatabaseError: 'database',
  TemplateError: 'error',
}

const familyOfPackage: { readonly [name: string]: Family } = {
  extractor: 'source',
  postgres: 'database',
  deps: 'start',
  cli: 'start',
}

/** Reads the codes of all diagnostics and errors out of the sources of the packages below `root`, in the order of the files. */
export function collectCodes(root: string): readonly CodeSite[] {
  const files = filesBelow(join(root, 'packages'), isSource).map((path) =>
    ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true),
  )
  const complainers = new Set(files.flatMap(namesThatTakeCodes))
  const constants = new Map(files.flatMap(textConstants))
  return files.flatMap((file) => sitesOf(file, complainers, constants))
}

function sitesOf(
  file: ts.SourceFile,
  complainers: ReadonlySet<string>,
  constants: ReadonlyMap<string, string>,
): readonly CodeSite[] {
  const sites: CodeSite[] = []
  const texts = (node: ts.Expression | undefined) => textsOf(node, constants)
  const packageName = /packages\/([^/]+)\//.exec(file.fileName)?.[1] ?? ''
  const add = (
    codes: readonly string[],
    family: Family,
    message: ts.Expression | undefined,
    hint: ts.Expression | undefined,
    sqlstate: string | null = null,
  ) => {
    for (const code of codes.filter((one) => shape.test(one)))
      sites.push({
        code,
        family,
        message: texts(message).at(0) ?? null,
        hint: texts(hint).at(-1) ?? null,
        sqlstate,
      })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isObjectLiteralExpression(node)) {
      const given = (name: string) => propertyOf(node, name)
      const about = given('message') ?? given('what')
      // What dbt calls the code of an answer is the command that Postgres carried out.
      const codes = given('rows_affected') === undefined ? texts(given('code')) : []
      const thrown = ts.isNewExpression(node.parent) ? node.parent : null
      const first = thrown?.arguments?.[0]
      if (
        about !== undefined ||
        given('hint') !== undefined ||
        first !== undefined ||
        sqlstateOf(node) !== null
      )
        add(
          codes,
          familyOf(node, texts(given('severity')), packageName),
          about ?? (first === node ? undefined : first),
          given('hint'),
          sqlstateOf(node),
        )
    }
    if (ts.isNewExpression(node) && node.expression.getText() === 'TemplateError') {
      const options = node.arguments?.[1]
      const named = options !== undefined && ts.isObjectLiteralExpression(options)
      if (!named || propertyOf(options, 'code') === undefined)
        add(['TEMPLATE_VALUE'], 'error', node.arguments?.[0], named ? propertyOf(options, 'hint') : undefined)
    }
    if (ts.isCallExpression(node) && complainers.has(lastName(node.expression))) {
      const at = node.arguments.findIndex((one) =>
        texts(one).some((text) => shape.test(text) && text.includes('_')),
      )
      if (at >= 0)
        add(
          texts(node.arguments[at]),
          packageName === 'compiler' ? 'error' : (familyOfPackage[packageName] ?? 'step'),
          node.arguments[at + 1],
          node.arguments[at + 2],
        )
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return sites
}

function familyOf(literal: ts.Node, severities: readonly string[], packageName: string): Family {
  if (severities.includes('error')) return 'error'
  if (severities.includes('warning')) return 'warning'
  for (let node = literal.parent; node !== undefined && !ts.isStatement(node); node = node.parent)
    if (ts.isNewExpression(node)) {
      const family = families[node.expression.getText()]
      if (family !== undefined) return family
    }
  return packageName === 'compiler' && !isStep(literal) ? 'error' : (familyOfPackage[packageName] ?? 'step')
}

/** `'42P01': { code: … }` */
function sqlstateOf(literal: ts.Node): string | null {
  if (!ts.isPropertyAssignment(literal.parent)) return null
  const name = literal.parent.name.getText().replaceAll("'", '')
  return /^[0-9A-Z]{5}$/.test(name) ? name : null
}

/** What the compiler hands the runner for a step of a plan. */
function isStep(literal: ts.Node): boolean {
  return /packages\/compiler\/src\/(materialize|plan)\//.test(literal.getSourceFile().fileName)
}

/** The texts that an expression can yield, as far as it says so itself; `…` for what is filled in. */
function textsOf(node: ts.Expression | undefined, constants: ReadonlyMap<string, string>): readonly string[] {
  if (node === undefined) return []
  if (ts.isStringLiteralLike(node)) return [node.text]
  if (ts.isTemplateExpression(node))
    return [
      node.templateSpans.reduce(
        (text, span) =>
          `${text}${textsOf(span.expression, constants).find((one) => one !== '') ?? filled(span.expression)}${span.literal.text}`,
        node.head.text,
      ),
    ]
  if (ts.isConditionalExpression(node))
    return [...textsOf(node.whenTrue, constants), ...textsOf(node.whenFalse, constants)]
  if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node) || ts.isNonNullExpression(node))
    return textsOf(node.expression, constants)
  if (ts.isBinaryExpression(node)) {
    if (node.operatorToken.kind === ts.SyntaxKind.PlusToken)
      return [[node.left, node.right].map((part) => textsOf(part, constants).at(0) ?? filled(part)).join('')]
    return [...textsOf(node.left, constants), ...textsOf(node.right, constants)]
  }
  if (ts.isIdentifier(node)) {
    const text =
      constants.get(`${node.getSourceFile().fileName}#${node.text}`) ?? constants.get(`#${node.text}`)
    return text === undefined ? [] : [text]
  }
  return []
}

/** What is filled in, by the name that the code has for it: `‹model name›`. */
function filled(node: ts.Expression): string {
  const name = ts.isIdentifier(node) ? node.text : ts.isPropertyAccessExpression(node) ? node.name.text : null
  if (
    name === null ||
    name.length < 3 ||
    /^(text|value|what|message|words?|said|place|length|size)$/.test(name)
  )
    return '…'
  return `‹${name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase()}›`
}

function propertyOf(literal: ts.ObjectLiteralExpression, name: string): ts.Expression | undefined {
  for (const property of literal.properties) {
    if (property.name?.getText() !== name) continue
    if (ts.isPropertyAssignment(property)) return property.initializer
    if (ts.isShorthandPropertyAssignment(property)) return property.name
  }
  return undefined
}

/** Names of functions, and of parameters that are functions, which take a code. */
function namesThatTakeCodes(file: ts.SourceFile): readonly string[] {
  const names: string[] = []
  const aliases = new Set<string>()
  const takesCode = (node: ts.Node | undefined): boolean =>
    node !== undefined &&
    ((ts.isFunctionLike(node) && node.parameters.some((one) => one.name.getText() === 'code')) ||
      (ts.isTypeReferenceNode(node) && aliases.has(node.typeName.getText())))
  const visit = (node: ts.Node): void => {
    if (ts.isTypeAliasDeclaration(node) && takesCode(node.type)) aliases.add(node.name.text)
    if (ts.isFunctionDeclaration(node) && takesCode(node) && node.name !== undefined)
      names.push(node.name.text)
    if (
      (ts.isVariableDeclaration(node) || ts.isParameter(node)) &&
      (takesCode(node.type) || takesCode(node.initializer))
    )
      names.push(node.name.getText())
    ts.forEachChild(node, visit)
  }
  visit(file)
  return names
}

/** Constants that are text: by file and name, and by name alone where they are exported. */
function textConstants(file: ts.SourceFile): readonly (readonly [string, string])[] {
  const found: (readonly [string, string])[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && node.initializer !== undefined && ts.isIdentifier(node.name)) {
      const text = textsOf(node.initializer, new Map(found)).at(0)
      const isExported = ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Export
      if (text !== undefined) {
        found.push([`${file.fileName}#${node.name.text}`, text])
        if (isExported) found.push([`#${node.name.text}`, text])
      }
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

function lastName(callee: ts.Expression): string {
  return ts.isPropertyAccessExpression(callee) ? callee.name.text : callee.getText()
}

function isSource(path: string): boolean {
  return /\/src\/.*\.ts$/.test(path) && !/\.test\.ts$|\/testing\//.test(path)
}
