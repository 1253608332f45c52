import type { Invocation } from '../invocation.ts'
import { landAndBuild, type RunOptions } from './run.ts'

/**
 * `models build`: what `run` does, with seeds, snapshots and tests in the order of the graph. A test of error severity that
 * fails keeps what it is about from being published.
 */
export function buildCommand(invocation: Invocation, options: RunOptions): Promise<number> {
  return landAndBuild(invocation, options, 'build')
}
