import { readFileSync } from 'node:fs'

/**
 * The most that this process has had resident, in MB. From Linux itself where it tells: what `resourceUsage` says is at
 * least what the parent had when it made the process.
 */
export function peakMb(): number {
  try {
    const [, kilobytes] = /VmHWM:\s*(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
    if (kilobytes !== undefined) return Number(kilobytes) / 1024
  } catch {
    // Not Linux.
  }
  return process.resourceUsage().maxRSS / 1024
}
