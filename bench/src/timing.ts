import { spawnSync } from 'node:child_process'

/** The middle of the measurements, in milliseconds. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Wall time of whole processes; throws when one fails. */
export function timeProcess(command: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): number {
  const startedAt = performance.now()
  const { status, stderr } = spawnSync(command[0]!, command.slice(1), {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const took = performance.now() - startedAt
  if (status !== 0) throw new Error(`${command.join(' ')} failed:\n${stderr?.toString()}`)
  return took
}

/** Runs several things in turn, round after round, so that a noisy machine is noisy for all of them. */
export function interleaved(
  rounds: number,
  runs: { readonly [name: string]: () => number },
): { readonly [name: string]: number } {
  const times = new Map(Object.keys(runs).map((name): [string, number[]] => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(runs)) times.get(name)!.push(run())
  }
  return Object.fromEntries([...times].map(([name, values]) => [name, median(values)]))
}
