import { spawnSync } from 'node:child_process'
import type { CommandRun, Complaint } from './recording.ts'

/** Runs a whole process and keeps how it ended; `complaintsOf` reads what it printed. Never throws for a failure of the process. */
export function runCommand(
  name: string,
  command: readonly string[],
  environment: NodeJS.ProcessEnv,
  complaintsOf: (output: { stdout: string; stderr: string; exitCode: number | null }) => readonly Complaint[],
): CommandRun {
  const startedAt = performance.now()
  const { status, stdout, stderr } = spawnSync(command[0]!, command.slice(1), {
    env: { ...process.env, ...environment },
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    timeout: 30 * 60_000,
  })
  return {
    name,
    exitCode: status,
    seconds: Math.round(performance.now() - startedAt) / 1000,
    complaints: complaintsOf({ stdout, stderr, exitCode: status }),
  }
}
