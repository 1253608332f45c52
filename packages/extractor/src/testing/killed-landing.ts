import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { LandingOrder } from './landing-process.ts'

/** Lands in a process of its own that kills itself on the way. Gives the signal by which it ended; null: it came to the end. */
export async function killedLanding(order: LandingOrder): Promise<string | null> {
  const program = join(import.meta.dirname, 'landing-process.ts')
  const child = spawn(process.execPath, ['--import', 'tsx', program, JSON.stringify(order)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null]
  return signal
}
