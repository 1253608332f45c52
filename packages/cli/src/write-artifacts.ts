import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import {
  type ArtifactMetadata,
  type ArtifactObject,
  ConfigurationError,
  compiledPath,
  type FreshnessResult,
  type Graph,
  type RunResult,
  toRunResults,
  toSources,
} from '@strata/core'

/** Makes sure that `target/` can be written, before anything else happens. Throws `ConfigurationError`. */
export function prepareTargetFolder(directory: string): void {
  const folder = join(directory, 'target')
  try {
    mkdirSync(folder, { recursive: true })
    const probe = join(folder, `.probe-${process.pid}`)
    writeFileSync(probe, '')
    rmSync(probe)
  } catch (cause) {
    throw new ConfigurationError({
      code: 'TARGET_NOT_WRITABLE',
      message: `cannot write to ${folder}: ${(cause as Error).message}`,
      hint: 'Make the project folder writable, or work on a copy of it.',
      cause,
    })
  }
}

/** `text` is that of the whole manifest. */
export function writeManifest(directory: string, text: string): void {
  writeWhole(join(directory, 'target', 'manifest.json'), `${text}\n`)
}

export function writeRunResults(
  directory: string,
  result: RunResult,
  graph: Graph,
  metadata: ArtifactMetadata,
): void {
  writeJson(join(directory, 'target', 'run_results.json'), toRunResults(result, graph, metadata))
}

export function writeCatalog(directory: string, catalog: ArtifactObject): void {
  writeJson(join(directory, 'target', 'catalog.json'), catalog)
}

/** `file`: its whole path. */
export function writeSources(
  file: string,
  results: readonly FreshnessResult[],
  metadata: ArtifactMetadata,
  elapsedSeconds: number,
): void {
  writeJson(file, toSources(results, metadata, elapsedSeconds))
}

/** Writes the finished SQL of every model, test and analysis below `target/compiled/`, where it is not there already; returns how many there are. */
export function writeCompiled(directory: string, graph: Graph): number {
  const folders = new Map<string, boolean>()
  let count = 0
  for (const node of graph.nodes) {
    if (node.kind !== 'model' && node.kind !== 'data_test' && node.kind !== 'analysis') continue
    const path = join(directory, compiledPath(node))
    const folder = dirname(path)
    // In a new folder there is nothing to compare with.
    if (!folders.has(folder)) folders.set(folder, mkdirSync(folder, { recursive: true }) !== undefined)
    const text = `${node.select.full}\n`
    if (folders.get(folder) === true) writeFileSync(path, text)
    else writeChanged(path, text)
    count++
  }
  return count
}

function writeChanged(path: string, text: string): void {
  try {
    if (readFileSync(path, 'utf8') === text) return
  } catch {
    // Not there yet.
  }
  writeFileSync(path, text)
}

function writeJson(path: string, value: unknown): void {
  writeWhole(path, `${JSON.stringify(value)}\n`)
}

/** A reader of the file sees the old text or the new one, never half of it. */
function writeWhole(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  const beside = `${path}.${process.pid}.tmp`
  writeFileSync(beside, text)
  renameSync(beside, path)
}
