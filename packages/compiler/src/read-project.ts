import { hash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { basename, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ConfigurationError, type Diagnostic } from '@strata/core'
import { parseProjectFile } from './project/parse-project-file.ts'
import type { ProjectFile, SourceText } from './project/project-file.ts'
import { parseYaml } from './project/yaml-document.ts'
import { findFiles } from './read/find-files.ts'
import type { PackageSources, ProjectSources, SeedFile } from './read/project-sources.ts'
import { readBytes, readTexts } from './read/read-texts.ts'
import { isTypeScript, type ModelSource } from './typescript/index.ts'

export type { PackageSources, ProjectSources, SeedFile } from './read/project-sources.ts'

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
  const [selectors] = selectorsFile === undefined ? [] : readTexts(directory, [selectorsFile], diagnostics)
  return {
    ...own,
    directory,
    packages,
    builtin: readBuiltinMacros(),
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
  const [file] = readTexts(directory, [`${folder}${name}`], diagnostics)
  const parsed = parseProjectFile(file ?? { path: `${folder}${name}`, text: '' })
  diagnostics.push(...parsed.diagnostics)
  const { project } = parsed

  const resourcePaths = [
    ...project.modelPaths,
    ...project.sourcePaths,
    ...project.seedPaths,
    ...project.snapshotPaths,
    ...project.analysisPaths,
    ...project.macroPaths,
    ...project.testPaths,
  ]
  const files = findFiles(directory, folder, [...resourcePaths, ...project.docsPaths])
  const isFixture = (path: string) =>
    project.testPaths.some((root) => path.startsWith(posix.normalize(`${folder}${root}/fixtures/`)))
  const read = (paths: readonly string[], endings: readonly string[]) =>
    readTexts(directory, files.below(paths, endings), diagnostics)
  const properties = files
    .below(resourcePaths, ['.yml', '.yaml'])
    .filter((path) => !projectFileNames.includes(basename(path)))
  const models = await loadCode(directory, read(project.modelPaths, ['.sql', '.ts']), diagnostics)
  return {
    project,
    projectText: file?.text ?? '',
    folder,
    models,
    macros: read(project.macroPaths, ['.sql']),
    tests: read(project.testPaths, ['.sql']).filter(({ path }) => !isFixture(path)),
    fixtures: read(project.testPaths, ['.csv', '.sql']).filter(({ path }) => isFixture(path)),
    snapshots: read(project.snapshotPaths, ['.sql']),
    analyses: read(project.analysisPaths, ['.sql']),
    seeds: readSeeds(directory, files.below(project.seedPaths, ['.csv']), diagnostics),
    properties: readTexts(directory, properties, diagnostics),
    docs: read(project.docsPaths, ['.md']),
  }
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
  const installed = existsSync(join(directory, folder)) ? readdirSync(join(directory, folder)) : []
  const packages: PackageSources[] = []
  const wanted = wantedPackages(directory, diagnostics)
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
function wantedPackages(
  directory: string,
  diagnostics: Diagnostic[],
): { readonly file: string; readonly count: number } | null {
  const file = ['packages.yml', 'dependencies.yml'].find((name) => existsSync(join(directory, name)))
  if (file === undefined) return null
  const [source] = readTexts(directory, [file], diagnostics)
  const value = source === undefined ? null : parseYaml(source).document?.value
  const list = typeof value === 'object' && value !== null && 'packages' in value ? value.packages : null
  return Array.isArray(list) ? { file, count: list.length } : null
}

/** The macros that are part of Strata, from beside the code that runs. */
export function readBuiltinMacros(): readonly SourceText[] {
  const folder = fileURLToPath(new URL('./builtin/', import.meta.url))
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
  return names.map((name) => ({ path: `strata/${name}`, text: readFileSync(join(folder, name), 'utf8') }))
}

function readSeeds(
  directory: string,
  paths: readonly string[],
  diagnostics: Diagnostic[],
): readonly SeedFile[] {
  return paths.flatMap((path) => {
    const bytes = readBytes(directory, path, diagnostics)
    if (bytes === null) return []
    const read = () => readFileSync(join(directory, path), 'utf8')
    return [{ path, checksum: hash('sha256', bytes, 'hex'), read }]
  })
}
