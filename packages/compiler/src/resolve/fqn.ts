import type { PackageProject } from './package-project.ts'

/** The name of a resource and its fully qualified name: the package, the folders below the resource path, the name. */
export function fqnOf(
  package_: PackageProject,
  roots: readonly string[],
  path: string,
): { readonly name: string; readonly fqn: readonly string[] } {
  const inPackage = path.slice(package_.folder.length)
  const root = roots
    .map((one) => `${one.replace(/^\.\//, '').replace(/\/+$/, '')}/`)
    .find((one) => inPackage.startsWith(one))
  const parts = inPackage
    .slice(root?.length ?? 0)
    .replace(/\.(sql|ts|csv)$/i, '')
    .split('/')
  return { name: parts.at(-1)!, fqn: [package_.project.name, ...parts] }
}

/** What the name of a resource that a YAML file declares begins with: the package, and the folders below the first one. */
export function fqnFolders(package_: PackageProject, file: string): readonly string[] {
  return [package_.project.name, ...file.slice(package_.folder.length).split('/').slice(1, -1)]
}
