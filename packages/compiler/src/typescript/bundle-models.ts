import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Diagnostic } from '@strata/core'
import type { BuildFailure, BuildOptions, Message } from 'esbuild'
import type { SourceText } from '../project/project-file.ts'

/** The code of one model with everything that it imports, as one script. */
export interface BundledModel {
  readonly code: string
  /** Its source map, as JSON. */
  readonly map: string
  /** The files that went into it, relative to the project directory. */
  readonly inputs: readonly string[]
  /** sha256 of their names and texts, in hex. */
  readonly checksum: string
}

type Build = (options: BuildOptions) => Promise<{
  readonly outputFiles: readonly { readonly path: string; readonly text: string }[]
  readonly metafile: {
    readonly outputs: { readonly [path: string]: { readonly inputs: { readonly [path: string]: unknown } } }
  }
  readonly warnings: readonly Message[]
}>

/** Where scripts would be written if they were written; source maps speak relative to it. */
export const bundleFolder = 'target/typescript'

/**
 * Bundles each model by itself, packages included, so that a model sees no other one's state and every file that it depends on
 * is known. Null where a model has a mistake; the diagnostics say where.
 */
export async function bundleModels(
  directory: string,
  files: readonly SourceText[],
  build: Build,
): Promise<{
  readonly bundles: readonly (BundledModel | null)[]
  readonly diagnostics: readonly Diagnostic[]
}> {
  try {
    const { outputFiles, metafile, warnings } = await build(buildOptions(directory, files))
    const texts = new Map(
      outputFiles.map(({ path, text }) => [path.slice(directory.length).replaceAll('\\', '/'), text]),
    )
    const bundles = files.map((_file, index) => {
      const path = `${bundleFolder}/${index}.js`
      const inputs = Object.keys(metafile.outputs[path]?.inputs ?? {})
      const checksum = checksumOf(directory, inputs)
      return { code: texts.get(`/${path}`) ?? '', map: texts.get(`/${path}.map`) ?? '', inputs, checksum }
    })
    return { bundles, diagnostics: warnings.flatMap((one) => diagnose(one, 'warning', files)) }
  } catch (failure) {
    const { errors } = failure as Partial<BuildFailure>
    if (errors === undefined) throw failure
    if (files.length === 1)
      return { bundles: [null], diagnostics: errors.flatMap((one) => diagnose(one, 'error', files)) }
    // One mistake fails the whole build: by halves the models without one are found, so that they can be complained of too.
    const middle = files.length >> 1
    const halves = await Promise.all(
      [files.slice(0, middle), files.slice(middle)].map((half) => bundleModels(directory, half, build)),
    )
    return {
      bundles: halves.flatMap((half) => half.bundles),
      diagnostics: halves.flatMap((half) => half.diagnostics),
    }
  }
}

/** Of the files, not of the bundle: another version of the bundler writes another one. */
function checksumOf(directory: string, inputs: readonly string[]): string {
  const sum = createHash('sha256')
  for (const input of [...inputs].sort()) {
    sum.update(`${input}\n`)
    const path = join(directory, input)
    // What the bundler makes up, such as an empty module, is no file.
    if (existsSync(path)) sum.update(readFileSync(path))
  }
  return sum.digest('hex')
}

function buildOptions(directory: string, files: readonly SourceText[]): BuildOptions {
  return {
    absWorkingDir: directory,
    entryPoints: files.map(({ path }, index) => ({ in: `./${path}`, out: String(index) })),
    outdir: join(directory, bundleFolder),
    bundle: true,
    write: false,
    metafile: true,
    sourcemap: 'external',
    platform: 'node',
    target: 'node20',
    // A script is evaluated without a file of its own, and reports a top-level await, which no query needs.
    format: 'cjs',
    // The one of Strata is given to every model, so that a project without packages needs none.
    external: ['sql-template-tag'],
    // Without it a model would read a file beside the wrong place, or none.
    logOverride: { 'empty-import-meta': 'error' },
    logLevel: 'silent',
  }
}

function diagnose(
  message: Message,
  severity: Diagnostic['severity'],
  files: readonly SourceText[],
): Diagnostic[] {
  const { text, location, id, notes } = message
  const file = location?.file.replaceAll('\\', '/') ?? files[0]!.path
  if (severity === 'warning' && /(^|\/)node_modules\//.test(file)) return []
  const unresolved = text.startsWith('Could not resolve')
  const metaless = id === 'empty-import-meta'
  return [
    {
      code: unresolved ? 'TYPESCRIPT_IMPORT' : 'TYPESCRIPT_SYNTAX',
      severity,
      message: metaless ? 'a model has no import.meta' : lowerFirst(text),
      hint: metaless
        ? 'Import what the model needs, JSON and text files too, instead of reading files.'
        : unresolved
          ? 'Check the path; a package must be installed in the project.'
          : (notes[0]?.text ?? 'Correct the TypeScript of the file.'),
      location: {
        file,
        line: location?.line ?? 1,
        column: location === null ? 1 : characterOf(location.lineText, location.column),
      },
    },
  ]
}

/** The bundler counts bytes from 0, diagnostics count characters from 1. */
function characterOf(line: string, bytes: number): number {
  return [...Buffer.from(line).subarray(0, bytes).toString()].length + 1
}

function lowerFirst(text: string): string {
  return /^[A-Z][a-z]/.test(text) ? text[0]!.toLowerCase() + text.slice(1) : text
}
