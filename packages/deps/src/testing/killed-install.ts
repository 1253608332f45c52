import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createStaging, putAside } from '../install-folder.ts'
import { installPackages } from '../install-packages.ts'

// A process for tests to kill: `install DIRECTORY HUB`, or `swap DIRECTORY NAME`, which dies between the two renames.
const [mode, directory, detail] = process.argv.slice(2) as [string, string, string]
if (mode === 'install') await installPackages({ directory, environment: process.env, hubUrl: detail })
else {
  const installPath = join(directory, 'dbt_packages')
  mkdirSync(installPath, { recursive: true })
  putAside(installPath, createStaging(installPath), detail)
  process.kill(process.pid, 'SIGKILL')
}
