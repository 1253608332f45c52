export { type AddedPackage, addPackage } from './add-package.ts'
export type { PackageLimits } from './extract-tarball.ts'
export {
  type InstallOptions,
  type InstallResult,
  installPackages,
  type PackageResult,
} from './install-packages.ts'
