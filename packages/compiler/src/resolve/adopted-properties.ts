import type { Declared } from '../project/parse-properties.ts'
import type { ModelProperties, SeedProperties } from '../project/properties-schema.ts'
import { draftFile } from './draft.ts'
import { fqnOf } from './fqn.ts'
import type { PackageProject } from './package-project.ts'
import type { Resolution } from './resolution.ts'

/** Properties by the package whose node they are about, and its name. */
type Adopted<T> = ReadonlyMap<string, ReadonlyMap<string, Declared<T>>>

/** Properties that are about a node of another package than the one that their file stands in. */
export interface Adoption {
  readonly models: Adopted<ModelProperties>
  readonly seeds: Adopted<SeedProperties>
  readonly givenAway: ReadonlySet<Declared<unknown>>
}

/**
 * As in dbt, properties of a name that their own package has not, or has switched off, are about the model or seed of that name in
 * another package, the project before the others, unless that one describes it itself.
 */
export function adoptProperties(packages: readonly PackageProject[], resolution: Resolution): Adoption {
  if (packages.length === 1) return nothingAdopted
  const givenAway = new Set<Declared<unknown>>()
  const adopt = <T extends { readonly name: string }>(
    list: (one: PackageProject) => readonly Declared<T>[],
    hasFile: (one: PackageProject, name: string) => boolean,
    isOn: (one: PackageProject, name: string) => boolean,
  ): Adopted<T> => {
    const adopted = new Map<string, Map<string, Declared<T>>>()
    for (const package_ of packages) {
      for (const declared of list(package_)) {
        const { name } = declared.value
        const others = packages.filter((other) => other !== package_ && hasFile(other, name))
        if (others.length === 0 || (hasFile(package_, name) && isOn(package_, name))) continue
        const owner = others.find((other) => isOn(other, name))
        if (owner === undefined) continue
        givenAway.add(declared)
        const own = list(owner).some(({ value }) => value.name === name)
        const ofOwner = adopted.get(owner.project.name) ?? new Map<string, Declared<T>>()
        adopted.set(owner.project.name, ofOwner)
        if (!own && !ofOwner.has(name)) ofOwner.set(name, declared)
      }
    }
    return adopted
  }
  const models = filesByName(packages, ({ models, project }) => [models, project.modelPaths])
  const seeds = filesByName(packages, ({ seeds, project }) => [seeds, project.seedPaths])
  return {
    models: adopt(
      (one) => one.declared.models,
      (one, name) => models.get(one)!.has(name),
      (one, name) => isModelOn(one, models.get(one)!.get(name)!, resolution),
    ),
    seeds: adopt(
      (one) => one.declared.seeds,
      (one, name) => seeds.get(one)!.has(name),
      (one, name) => {
        const { fqn } = fqnOf(one, one.project.seedPaths, seeds.get(one)!.get(name)!)
        return resolution.configs.of('seeds', one.project.name, fqn, [], {})['enabled'] !== false
      },
    ),
    givenAway,
  }
}

const nothingAdopted: Adoption = { models: new Map(), seeds: new Map(), givenAway: new Set() }

/** Whether it is there, whatever properties say of it. */
function isModelOn(package_: PackageProject, path: string, { configs, renderer }: Resolution): boolean {
  const file = package_.models.find((one) => one.path === path)!
  const packageName = package_.project.name
  const { fqn } = fqnOf(package_, package_.project.modelPaths, path)
  const own = path.endsWith('.ts') ? {} : (draftFile(file, packageName, renderer).draft?.config ?? {})
  return configs.of('models', packageName, fqn, [], own)['enabled'] !== false
}

function filesByName(
  packages: readonly PackageProject[],
  filesOf: (one: PackageProject) => readonly [readonly { readonly path: string }[], readonly string[]],
): ReadonlyMap<PackageProject, ReadonlyMap<string, string>> {
  return new Map(
    packages.map((one) => {
      const [files, roots] = filesOf(one)
      return [one, new Map(files.map(({ path }) => [fqnOf(one, roots, path).name, path]))]
    }),
  )
}
