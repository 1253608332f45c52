import { createHash } from 'node:crypto'
import { existsSync, realpathSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ConfigurationError, type Diagnostic } from '@strata/core'
import glob from 'fast-glob'
import { parseProjectFile } from './project/parse-project-file.ts'
import type { ProjectFile, SourceText } from './project/project-file.ts'
import { parseYaml } from './project/yaml-document.ts'
import { isTypeScript, type ModelSource } from './typescript/index.ts'

/** A CSV file of a seed path: it is read when it is loaded, here it is only known. */
export interface SeedFile {
  /** Relative to the project directory. */
  readonly path: string
  /** sha256 of its bytes, in hex. */
  readonly checksum: string
}

/** Every text of one package. Paths are relative to the project directory, with forward slashes, sorted. */
export interface PackageSources {
  readonly project: ProjectFile
  /** Before the package's own paths: `''` for the project itself, `dbt_packages/dbt_utils/`. */
  readonly folder: string
  readonly models: readonly ModelSource[]
  readonly macros: readonly SourceText[]
  /** Singular tests, and files of generic tests. */
  readonly tests: readonly SourceText[]
  readonly snapshots: readonly SourceText[]
  readonly analyses: readonly SourceText[]
  readonly seeds: readonly SeedFile[]
  /** YAML files below all of these paths. */
  readonly properties: readonly SourceText[]
  /** Markdown files with docs blocks. */
  readonly docs: readonly SourceText[]
}

export interface ProjectSources extends PackageSources {
  readonly directory: string
  /** The installed packages, by folder name. */
  readonly packages: readonly PackageSources[]
  /** The macros that every project has. */
  readonly builtin: readonly SourceText[]
  /** `selectors.yml`; null: there is none. */
  readonly selectors: SourceText | null
  /** Complaints about project files and about files that cannot be read as text. */
  readonly diagnostics: readonly Diagnostic[]
}

const projectFileNames = ['strata.yml', 'strata.yaml', 'dbt_project.yml', 'dbt_project.yaml']

/**
 * Reads a project and its packages from disk; the only place in this package that touches files.
 * Throws `ConfigurationError` when there is no project file in the directory.
 */
export async function readProject(directory: string): Promise<ProjectSources> {
  const diagnostics: Diagnostic[] = []
  const own = await readPackage(directory, '', diagnostics)
  if (own === null) {
    throw new ConfigurationError({
      code: 'NO_PROJECT',
      message: `no strata.yml in ${directory}`,
      hint: 'Run the command in the folder that holds strata.yml (or dbt_project.yml), or name it with --project-dir.',
    })
  }
  const packages = await readPackages(directory, own.project, diagnostics)
  const selectorsFile = ['selectors.yml', 'selectors.yaml'].find((name) => existsSync(join(directory, name)))
  const [selectors] =
    selectorsFile === undefined ? [] : await readTexts(directory, [selectorsFile], diagnostics)
  return {
    ...own,
    directory,
    packages,
    builtin: await readBuiltinMacros(),
    selectors: selectors ?? null,
    diagnostics,
  }
}

/** Null when the folder holds no project file. */
async function readPackage(
  directory: string,
  folder: string,
  diagnostics: Diagnostic[],
): Promise<PackageSources | null> {
  const name = projectFileNames.find((candidate) => existsSync(join(directory, folder, candidate)))
  if (name === undefined) return null
  const [file] = await readTexts(directory, [`${folder}${name}`], diagnostics)
  const parsed = parseProjectFile(file ?? { path: `${folder}${name}`, text: '' })
  diagnostics.push(...parsed.diagnostics)
  const { project } = parsed

  const read = async (paths: readonly string[], pattern: string): Promise<SourceText[]> =>
    readTexts(directory, await find(directory, folder, paths, pattern), diagnostics)
  const resourcePaths = [
    ...project.modelPaths,
    ...project.sourcePaths,
    ...project.seedPaths,
    ...project.snapshotPaths,
    ...project.analysisPaths,
    ...project.macroPaths,
    ...project.testPaths,
  ]
  const [modelTexts, macros, tests, snapshots, analyses, seeds, properties, docs] = await Promise.all([
    read(project.modelPaths, '**/*.{sql,ts}'),
    read(project.macroPaths, '**/*.sql'),
    read(project.testPaths, '**/*.sql'),
    read(project.snapshotPaths, '**/*.sql'),
    read(project.analysisPaths, '**/*.sql'),
    readSeeds(directory, folder, project.seedPaths, diagnostics),
    read(
      resourcePaths,
      `**/!(${projectFileNames.map((one) => one.replace(/\.ya?ml$/, '')).join('|')}).{yml,yaml}`,
    ),
    read(project.docsPaths, '**/*.md'),
  ])
  const models = await loadCode(directory, modelTexts, diagnostics)
  return { project, folder, models, macros, tests, snapshots, analyses, seeds, properties, docs }
}

/** Runs the code of `.ts` models; what it takes to do so is loaded only where there are any. */
async function loadCode(
  directory: string,
  texts: readonly SourceText[],
  diagnostics: Diagnostic[],
): Promise<readonly ModelSource[]> {
  const models = texts.filter(({ path }) => !path.endsWith('.d.ts'))
  if (!models.some(({ path }) => isTypeScript(path))) return models
  const { loadModels } = await import('./typescript/load-models.ts')
  const loaded = await loadModels(realpathSync(directory), models)
  diagnostics.push(...loaded.diagnostics)
  return loaded.models
}

async function readPackages(
  directory: string,
  project: ProjectFile,
  diagnostics: Diagnostic[],
): Promise<readonly PackageSources[]> {
  const folder = project.packagesInstallPath.replace(/\/+$/, '')
  const installed = existsSync(join(directory, folder)) ? await readdir(join(directory, folder)) : []
  const packages: PackageSources[] = []
  const wanted = await wantedPackages(directory, diagnostics)
  for (const name of installed.sort()) {
    // What begins so is a package half installed, or none.
    if (name.startsWith('.') || name.startsWith('__')) continue
    const found = await readPackage(directory, `${folder}/${name}/`, diagnostics)
    if (found === null) continue
    const isOurs = found.project.name === 'dbt' || found.project.name === 'dbt_postgres'
    if (isOurs) {
      diagnostics.push({
        code: 'RESERVED_PACKAGE',
        severity: 'error',
        message: `the package in ${folder}/${name} is called "${found.project.name}", as the built-in macros are`,
        hint: 'Remove it: Strata has those macros.',
        location: { file: found.project.path, line: 1, column: 1 },
      })
      continue
    }
    const other = [project, ...packages.map((one) => one.project)].find(
      (one) => one.name === found.project.name,
    )
    if (other === undefined) packages.push(found)
    else {
      diagnostics.push({
        code: 'DUPLICATE_PACKAGE',
        severity: 'error',
        message: `the package in ${folder}/${name} has the name "${other.name}", which ${other.path} has too`,
        hint: 'Remove one of them from the packages, or rename the project.',
        location: { file: found.project.path, line: 1, column: 1 },
        related: [{ message: 'the other one is here', location: { file: other.path, line: 1, column: 1 } }],
      })
    }
  }
  if (wanted !== null && packages.length < wanted.count) {
    diagnostics.push({
      code: 'PACKAGES_NOT_INSTALLED',
      severity: 'error',
      message: `${wanted.file} lists packages that are not installed: ${folder}/ holds ${packages.length} of ${wanted.count}`,
      hint: 'Run `models deps`.',
      location: { file: wanted.file, line: 1, column: 1 },
    })
  }
  return packages
}

/** How many packages the project lists itself; those may need others. */
async function wantedPackages(
  directory: string,
  diagnostics: Diagnostic[],
): Promise<{ readonly file: string; readonly count: number } | null> {
  const file = ['packages.yml', 'dependencies.yml'].find((name) => existsSync(join(directory, name)))
  if (file === undefined) return null
  const [source] = await readTexts(directory, [file], diagnostics)
  const value = source === undefined ? null : parseYaml(source).document?.value
  const list = typeof value === 'object' && value !== null && 'packages' in value ? value.packages : null
  return Array.isArray(list) ? { file, count: list.length } : null
}

/** The macros that are part of Strata, from beside the code that runs. */
export async function readBuiltinMacros(): Promise<readonly SourceText[]> {
  const folder = fileURLToPath(new URL('./builtin/', import.meta.url))
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  return Promise.all(
    names.map(async (name) => ({ path: `strata/${name}`, text: await readFile(join(folder, name), 'utf8') })),
  )
}

async function readSeeds(
  directory: string,
  folder: string,
  seedPaths: readonly string[],
  diagnostics: Diagnostic[],
): Promise<readonly SeedFile[]> {
  const paths = await find(directory, folder, seedPaths, '**/*.csv')
  const seeds = await Promise.all(
    paths.map(async (path): Promise<SeedFile | null> => {
      const bytes = await readBytes(directory, path, diagnostics)
      return bytes === null ? null : { path, checksum: createHash('sha256').update(bytes).digest('hex') }
    }),
  )
  return seeds.filter((seed) => seed !== null)
}

async function find(
  directory: string,
  folder: string,
  roots: readonly string[],
  pattern: string,
): Promise<readonly string[]> {
  const patterns = [...new Set(roots)].map(
    (root) => `${glob.escapePath(folder + root.replace(/^\.\//, '').replace(/\/+$/, ''))}/${pattern}`,
  )
  if (patterns.length === 0) return []
  const entries = await glob(patterns, {
    cwd: directory,
    ignore: ['**/node_modules/**', `${glob.escapePath(`${folder}target`)}/**`],
    dot: false,
    suppressErrors: true,
    onlyFiles: false,
    objectMode: true,
  })
  // A link that leads nowhere is no file; whoever made it should hear of that.
  const paths = entries.flatMap(({ path, dirent }) =>
    dirent.isFile() || dirent.isSymbolicLink() ? [path] : [],
  )
  return withoutLoops(directory, folder, paths.sort())
}

/** A symbolic link into a folder above it shows the same files again and again: each counts once, at its shortest path. */
function withoutLoops(directory: string, packageFolder: string, paths: readonly string[]): readonly string[] {
  const real = new Map<string, string>()
  const seen = new Set<string>()
  return [...paths]
    .sort((a, b) => a.length - b.length)
    .filter((path) => {
      const folder = dirname(path)
      let realFolder = real.get(folder)
      if (realFolder === undefined) {
        realFolder = realpathSync(join(directory, folder))
        real.set(folder, realFolder)
      }
      const name = basename(path)
      // Nor is the project file one of the properties files, by whatever way it is reached.
      if (projectFileNames.includes(name) && realFolder === realpathSync(join(directory, packageFolder)))
        return false
      const key = `${realFolder}/${name}`
      if (seen.has(key)) return false
      seen.add(key)
      return true
    })
    .sort()
}

async function readTexts(
  directory: string,
  paths: readonly string[],
  diagnostics: Diagnostic[],
): Promise<SourceText[]> {
  const texts = await Promise.all(paths.map((path) => readText(directory, path, diagnostics)))
  return texts.filter((text) => text !== null)
}

async function readBytes(directory: string, path: string, diagnostics: Diagnostic[]): Promise<Buffer | null> {
  try {
    return await readFile(join(directory, path))
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    diagnostics.push({
      code: 'UNREADABLE_FILE',
      severity: 'error',
      message: `cannot read ${path}: ${reasons[code ?? ''] ?? (cause as Error).message.replaceAll(directory, '.')}`,
      hint: 'Make it a file that you may read, or remove it.',
      location: { file: path, line: 1, column: 1 },
    })
    return null
  }
}

const reasons: { readonly [code: string]: string } = {
  ENOENT: 'it is a link that leads nowhere',
  ELOOP: 'it is a link that leads to itself',
  EACCES: 'you may not read it',
}

async function readText(
  directory: string,
  path: string,
  diagnostics: Diagnostic[],
): Promise<SourceText | null> {
  const complain = (code: string, message: string, hint: string) => {
    diagnostics.push({ code, severity: 'error', message, hint, location: { file: path, line: 1, column: 1 } })
    return null
  }
  const bytes = await readBytes(directory, path, diagnostics)
  if (bytes === null) return null
  if (bytes.includes(0)) {
    return complain(
      'NOT_A_TEXT_FILE',
      `${path} is no text file: it holds NUL bytes`,
      'Save it as UTF-8 text, or move it out of the project folders.',
    )
  }
  try {
    // Drops a byte order mark.
    return { path, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    const line = lineOfBadByte(bytes)
    diagnostics.push({
      code: 'NOT_UTF8',
      severity: 'error',
      message: `${path} is not encoded in UTF-8`,
      hint: 'Save the file as UTF-8.',
      location: { file: path, line, column: 1 },
    })
    return null
  }
}

function lineOfBadByte(bytes: Buffer): number {
  let line = 1
  for (const part of bytes.toString('latin1').split('\n')) {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(part, 'latin1'))
    } catch {
      return line
    }
    line++
  }
  return 1
}
