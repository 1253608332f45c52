import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Bundle {
  readonly file: string
  remove(): void
}

type Build = (options: object) => Promise<unknown>

/** One file of plain JavaScript: it starts five times faster than from source, which counts where hundreds are started. */
export async function bundleProgram(name: string): Promise<Bundle> {
  const requireOfCli = createRequire(new URL('../../packages/cli/package.json', import.meta.url))
  const { build } = requireOfCli('esbuild') as { build: Build }
  const folder = mkdtempSync(join(tmpdir(), 'strata-proofs-'))
  const file = join(folder, 'program.mjs')
  await build({
    entryPoints: [fileURLToPath(new URL(name, import.meta.url))],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['pg-native'],
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    logLevel: 'error',
  })
  return { file, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
