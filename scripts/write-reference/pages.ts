import { commandLinePage } from './command-line-page.ts'
import { configurationPage } from './configuration-page.ts'
import { environmentPage } from './environment-page.ts'
import { errorCodesPage } from './error-codes-page.ts'
import { yamlPage } from './yaml-page.ts'

/** The pages of docs/reference by their file names. `root`: of the repository, whose sources they are read from. */
export function referencePages(root: string): ReadonlyMap<string, string> {
  return new Map([
    ['command-line.md', commandLinePage()],
    ['configuration.md', configurationPage()],
    ['yaml.md', yamlPage()],
    ['environment.md', environmentPage()],
    ['error-codes.md', errorCodesPage(root)],
  ])
}
