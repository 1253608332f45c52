import type { Diagnostic, Location, MacroEntry } from '@strata/core'
import { didYouMean } from '../project/near-misses.ts'
import type { SourceText } from '../project/project-file.ts'
import type { PackageSources, ProjectSources } from '../read-project.ts'
import {
  type BlockStatement,
  collectMacros,
  hostFunction,
  hostObject,
  locate,
  type Macro,
  macroValue,
  type ParseResult,
  parseTemplate,
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
  /** Calls `listener` with the id of every macro of users that is looked up while `work` is done. */
  observe<T>(listener: ((id: string) => void) | undefined, work: () => T): T
  /** Every macro that users wrote. */
  entries(): readonly MacroEntry[]
  /** `did you mean …` among the names that begin with `prefix`, which the suggestion leaves out. */
  suggest(packageName: string, name: string, prefix: string): string | undefined
}

/** One file, parsed when one of its macros is first asked for. */
interface MacroFile {
  readonly file: SourceText
  readonly packageName: string
  parsed: boolean
}

type Slot = { readonly file: MacroFile; macro: Macro | null }

const openings = /\{%[-+]?\s*(macro|test|data_test)\s+([A-Za-z_]\w*)/g

export function createMacros(sources: ProjectSources): Macros {
  const diagnostics: Diagnostic[] = []
  const packages = new Map<string, Map<string, Slot>>()
  const blocks = new WeakMap<Macro, BlockStatement>()

  let listener: ((id: string) => void) | undefined
  const add = (packageName: string, files: readonly SourceText[]) => {
    const slots = packages.get(packageName) ?? new Map<string, Slot>()
    packages.set(packageName, slots)
    for (const file of files) {
      const macroFile: MacroFile = { file, packageName, parsed: false }
      for (const [, tag, name] of file.text.matchAll(openings)) {
        slots.set(tag === 'macro' ? name! : `test_${name}`, { file: macroFile, macro: null })
      }
    }
  }
  const load = (macroFile: MacroFile) => {
    macroFile.parsed = true
    const { file, packageName } = macroFile
    const slots = packages.get(packageName)!
    const { template, diagnostics: complaints } = parseMacroFile(file)
    diagnostics.push(...complaints)
    if (template === null) return
    for (const block of collectMacros(template)) {
      const name = block.tag === 'macro' ? block.name : block.tag === 'test' ? `test_${block.name}` : null
      const slot = name === null ? undefined : slots.get(name)
      if (name === null || slot === undefined || slot.file !== macroFile) continue
      slot.macro = macroValue(template, block)
      blocks.set(slot.macro, block)
    }
  }
  const findIn = (packageName: string, name: string): Macro | undefined => {
    const slots = packages.get(packageName === 'dbt_postgres' ? builtinPackage : packageName)
    const slot = slots?.get(name)
    if (slot === undefined) return undefined
    if (!slot.file.parsed) load(slot.file)
    if (listener !== undefined && slot.macro !== null && slot.file.packageName !== builtinPackage)
      listener(`macro.${slot.file.packageName}.${name}`)
    return slot.macro ?? undefined
  }

  const rootName = sources.project.name
  add(builtinPackage, sources.builtin)
  for (const one of [...sources.packages, sources] as readonly PackageSources[])
    add(one.project.name, [...one.macros, ...one.tests])
  // A mistake in a macro of the project is told even where nothing calls it.
  for (const slot of packages.get(rootName)?.values() ?? []) if (!slot.file.parsed) load(slot.file)

  const namespaces = new Map<string, Value>()
  const namespace = (packageName: string): Value | undefined => {
    const slots = packages.get(packageName === 'dbt_postgres' ? builtinPackage : packageName)
    if (slots === undefined) return undefined
    let value = namespaces.get(packageName)
    if (value === undefined) {
      value = hostObject({
        type: `package ${packageName}`,
        mapping: true,
        attribute: (name) => findIn(packageName, name),
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
    observe(observer, work) {
      const outer = listener
      listener = observer
      try {
        return work()
      } finally {
        listener = outer
      }
    },
    entries: () =>
      [...packages].flatMap(([packageName, slots]) =>
        packageName === builtinPackage
          ? []
          : [...slots.keys()].flatMap((name) => {
              const macro = findIn(packageName, name)
              return macro === undefined ? [] : [entryOf(macro, blocks.get(macro)!, packageName, name)]
            }),
      ),
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

/**
 * dbt reads the blocks of a macro file alone and never what stands between them; where the whole cannot be read, so do we.
 */
function parseMacroFile(file: SourceText): ParseResult {
  const whole = parseTemplate(file.text, file.path)
  if (whole.template !== null) return whole
  const blocksAlone = parseTemplate(withoutTextBetween(file.text), file.path)
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

function entryOf(macro: Macro, block: BlockStatement, packageName: string, name: string): MacroEntry {
  const location: Location = locate(macro.source, block.at, block.at)
  return {
    id: `macro.${packageName}.${name}`,
    name,
    packageName,
    location,
    text: macro.source.text.slice(block.at, block.end),
  }
}
