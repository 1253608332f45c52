import { hash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import {
  type ArtifactMetadata,
  ConfigurationError,
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
    const file = node.location.file.replace(/\.ts$/, '.sql')
    const place = join(directory, 'target', 'compiled', node.packageName, file)
    const path =
      node.kind !== 'data_test' || node.test === 'singular'
        ? place
        : join(place, `${fileNameOf(node.name)}.sql`)
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

/** As dbt names the files of generic tests: a long name is cut, and a digest of the whole tells it from others. */
function fileNameOf(name: string): string {
  return name.length < 64 ? name : `${name.slice(0, 30)}_${hash('md5', name)}`
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
