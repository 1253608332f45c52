import type { Diagnostic, Location, MacroEntry } from '@strata/core'
import { type CompileCache, digest } from '../cache/compile-cache.ts'
import type { Recorder } from '../cache/recorder.ts'
import { didYouMean } from '../project/near-misses.ts'
import type { SourceText } from '../project/project-file.ts'
import type { PackageSources, ProjectSources } from '../read-project.ts'
import {
  collectMacros,
  hostFunction,
  hostObject,
  locate,
  type Macro,
  macroValue,
  type ParseResult,
  parseTemplate,
  TemplateError,
  type Value,
} from '../template/index.ts'

/** The name of the package that Strata's own macros belong to, as projects know it. */
export const builtinPackage = 'dbt'

/** The macros of a project, of its packages, and of Strata itself. */
export interface Macros {
  /** Complaints about macro files, those of the project at once, those of packages when they are first used. */
  readonly diagnostics: readonly Diagnostic[]
  /** What users wrote under this name, as seen from a package: its own, then the project's. */
  find(packageName: string, name: string): Macro | undefined
  findBuiltin(name: string): Macro | undefined
  /** The macro of any package: in dbt a test sees all that the macros it calls see. */
  findAnywhere(name: string): Macro | undefined
  /** The macro of that package alone; `dbt` and `dbt_postgres` are Strata's own. */
  findIn(packageName: string, name: string): Macro | undefined
  /** `dbt_utils`, as a template names it; undefined where there is no such package. */
  namespace(packageName: string): Value | undefined
  /** Whether there is a macro of that name in the package, without reading it. */
  has(packageName: string, name: string): boolean
  /** Whether the file of that macro, as the package sees it, cannot be read: its mistakes have been told. */
  isBroken(packageName: string, name: string): boolean
  /** A digest of the file that a macro stands in; empty where there is no such macro. */
  versionOf(packageName: string, name: string): string
  /** Calls `listener` with the id of every macro of users that is looked up while `work` is done. */
  observe<T>(listener: ((id: string) => void) | undefined, work: () => T): T
  /** `macro.<package>.<name>`; undefined for what is no macro of a file. */
  idOf(macro: Value): string | undefined
  /** Every macro that users wrote. */
  entries(): readonly MacroEntry[]
  /** The names of the macros of one package, without reading them. */
  names(packageName: string): Iterable<string>
  /** `did you mean …` among the names that begin with `prefix`, which the suggestion leaves out. */
  suggest(packageName: string, name: string, prefix: string): string | undefined
}

/** The names of the macros and tests that a file seems to define, without parsing it. */
export function macroNames({ text }: SourceText): readonly string[] {
  return Array.from(withoutComments(text).matchAll(openings), ([, tag, name]) => nameOf(tag!, name!))
}

function nameOf(tag: string, name: string): string {
  return tag === 'macro' ? name : `test_${name}`
}

/** With blanks in the place of comments. */
function withoutComments(text: string): string {
  return text.replace(/\{#[\s\S]*?#\}/g, (comment) => comment.replace(/[^\n]/g, ' '))
}

/** One file, parsed when one of its macros is first asked for. */
interface MacroFile {
  readonly file: SourceText
  readonly packageName: string
  parsed: boolean
  broken: boolean
  /** Digest of its path and text, once it was asked for. */
  version: string | null
}

type Slot = { readonly file: MacroFile; macro: Macro | null }

const openings = /\{%[-+]?\s*(macro|test|data_test)\s+([A-Za-z_]\w*)/g

export function createMacros(sources: ProjectSources, recorder: Recorder, cache: CompileCache): Macros {
  const diagnostics: Diagnostic[] = []
  const packages = new Map<string, Map<string, Slot>>()
  const ids = new Map<Value, string>()

  let listener: ((id: string) => void) | undefined
  const add = (packageName: string, files: readonly SourceText[]) => {
    const slots = packages.get(packageName) ?? new Map<string, Slot>()
    packages.set(packageName, slots)
    for (const file of files) {
      const macroFile: MacroFile = { file, packageName, parsed: false, broken: false, version: null }
      for (const name of macroNames(file)) slots.set(name, { file: macroFile, macro: null })
    }
  }
  const load = (macroFile: MacroFile) => {
    macroFile.parsed = true
    const { file, packageName } = macroFile
    const slots = packages.get(packageName)!
    const { template, diagnostics: complaints } = parseMacroFile(file)
    diagnostics.push(...complaints)
    macroFile.broken = template === null
    if (template === null) return
    for (const block of collectMacros(template)) {
      const name = block.tag === 'macro' ? block.name : block.tag === 'test' ? `test_${block.name}` : null
      const slot = name === null ? undefined : slots.get(name)
      if (name === null || slot === undefined || slot.file !== macroFile) continue
      slot.macro = macroValue(template, block)
      ids.set(slot.macro, `macro.${packageName}.${name}`)
    }
  }
  const findIn = (packageName: string, name: string): Macro | undefined => {
    const slots = packages.get(packageName === 'dbt_postgres' ? builtinPackage : packageName)
    const slot = slots?.get(name)
    if (slot === undefined) return undefined
    if (!slot.file.parsed) load(slot.file)
    if (slot.file.packageName !== builtinPackage)
      recorder.read('macro', `${slot.file.packageName} ${name}`, versionOf(slot.file))
    if (listener !== undefined && slot.macro !== null && slot.file.packageName !== builtinPackage)
      listener(`macro.${slot.file.packageName}.${name}`)
    return slot.macro ?? undefined
  }

  const rootName = sources.project.name
  add(builtinPackage, sources.builtin)
  for (const one of [...sources.packages, sources] as readonly PackageSources[])
    add(one.project.name, [...one.macros, ...one.tests])
  diagnostics.push(...definedTwice(sources.macros))
  // A mistake in a macro of the project is told even where nothing calls it.
  for (const file of [...sources.macros, ...sources.tests]) {
    if (!/\{%[-+]?\s*(macro|test|data_test)\b/.test(file.text)) continue
    diagnostics.push(
      ...cache.remember('macro complaints', [file.path, file.text], () => ({
        value: parseMacroFile(file).diagnostics,
        reads: [],
      })),
    )
  }

  const namespaces = new Map<string, Value>()
  const namespace = (packageName: string): Value | undefined => {
    const slots = packages.get(packageName === 'dbt_postgres' ? builtinPackage : packageName)
    if (slots === undefined) return undefined
    let value = namespaces.get(packageName)
    if (value === undefined) {
      value = hostObject({
        type: `package ${packageName}`,
        mapping: true,
        attribute(name) {
          const macro = findIn(packageName, name)
          if (macro === undefined && slots.get(name)?.file.broken) throw brokenMacro(name)
          return macro
        },
        item: (key) => (typeof key === 'string' ? findIn(packageName, key) : undefined),
        names: () => slots.keys(),
        attributes: {
          get: hostFunction('get', ({ positional: [key, otherwise] }) =>
            typeof key === 'string' ? (findIn(packageName, key) ?? otherwise ?? null) : null,
          ),
        },
      })
      namespaces.set(packageName, value)
    }
    return value
  }
  const find = (packageName: string, name: string) =>
    findIn(packageName, name) ?? (packageName === rootName ? undefined : findIn(rootName, name))

  return {
    diagnostics,
    find,
    findBuiltin: (name) => findIn(builtinPackage, name),
    findAnywhere(name) {
      const owner = [...packages].find(([, slots]) => slots.has(name))
      return owner === undefined ? undefined : findIn(owner[0], name)
    },
    findIn,
    namespace,
    isBroken: (packageName, name) =>
      [packageName, rootName].some((place) => packages.get(place)?.get(name)?.file.broken),
    has: (packageName, name) => packages.get(packageName)?.has(name) === true,
    versionOf(packageName, name) {
      const slot = packages.get(packageName)?.get(name)
      return slot === undefined ? '' : versionOf(slot.file)
    },
    observe(observer, work) {
      const outer = listener
      listener = observer
      try {
        return work()
      } finally {
        listener = outer
      }
    },
    idOf: (macro) => ids.get(macro),
    entries: () =>
      [...sources.packages, sources].flatMap(({ project, macros, tests }) =>
        [...macros, ...tests].flatMap((file) =>
          cache.remember('macros', [project.name, file.path, file.text], () => ({
            value: entriesOf(file, project.name),
            reads: [],
          })),
        ),
      ),
    names: (packageName) => packages.get(packageName)?.keys() ?? [],
    suggest: (packageName, name, prefix) =>
      didYouMean(
        name,
        [rootName, packageName, builtinPackage].flatMap((one) =>
          [...(packages.get(one)?.keys() ?? [])].flatMap((key) =>
            key.startsWith(prefix) ? [key.slice(prefix.length)] : [],
          ),
        ),
      ),
  }
}

/** Stops a render that needs a macro whose file cannot be read. No complaint of its own: the file's are the ones that help. */
export function brokenMacro(name: string): TemplateError {
  return new TemplateError(`the macro "${name}" cannot be read`, { code: brokenMacroCode })
}

export const brokenMacroCode = 'BROKEN_MACRO'

function definedTwice(files: readonly SourceText[]): Diagnostic[] {
  const first = new Map<string, Location>()
  return files.flatMap((file) =>
    Array.from(withoutComments(file.text).matchAll(openings)).flatMap((match): Diagnostic[] => {
      const [, tag, name] = match
      const location = locate({ file: file.path, text: file.text }, match.index, match.index)
      const known = first.get(nameOf(tag!, name!))
      first.set(nameOf(tag!, name!), known ?? location)
      if (known === undefined) return []
      return [
        {
          code: 'DUPLICATE_MACRO',
          severity: 'error',
          message: `two ${tag === 'macro' ? 'macros' : 'tests'} are named "${name}"`,
          hint: 'Rename one of them.',
          location,
          related: [{ message: 'the first one is here', location: known }],
        },
      ]
    }),
  )
}

function versionOf(macroFile: MacroFile): string {
  macroFile.version ??= digest(`${macroFile.file.path}\n${macroFile.file.text}`)
  return macroFile.version
}

/**
 * dbt reads the blocks of a macro file alone and never what stands between them; where the whole cannot be read, so do we.
 */
function parseMacroFile(file: SourceText): ParseResult {
  const whole = parseTemplate(file.text, file.path)
  if (whole.template !== null) return whole
  const blocks = withoutTextBetween(file.text)
  const count = (text: string) => Array.from(withoutComments(text).matchAll(openings)).length
  // A block without an end is none that could be read alone.
  if (count(blocks) < count(file.text)) return whole
  const blocksAlone = parseTemplate(blocks, file.path)
  return blocksAlone.template === null ? whole : blocksAlone
}

/** The text with all that is outside of macros and tests blanked, so that places stay what they are. */
function withoutTextBetween(text: string): string {
  const block = /\{%[-+]?\s*(macro|test|data_test)\b[\s\S]*?\{%[-+]?\s*end\1\s*[-+]?%\}/g
  let blanked = ''
  let end = 0
  for (const match of text.matchAll(block)) {
    blanked += text.slice(end, match.index).replace(/[^\n]/g, ' ') + match[0]
    end = match.index + match[0].length
  }
  return blanked + text.slice(end).replace(/[^\n]/g, ' ')
}

function entriesOf(file: SourceText, packageName: string): readonly MacroEntry[] {
  const { template } = parseMacroFile(file)
  if (template === null) return []
  return collectMacros(template).flatMap((block): MacroEntry[] => {
    if (block.tag !== 'macro' && block.tag !== 'test') return []
    const name = block.tag === 'macro' ? block.name : `test_${block.name}`
    const location: Location = locate({ file: file.path, text: file.text }, block.at, block.at)
    const text = file.text.slice(block.at, block.end)
    return [{ id: `macro.${packageName}.${name}`, name, packageName, location, text }]
  })
}
