/** What pg_stat_activity shows of a step, so that one who waits can say for whom. The port cuts it to 63 bytes. */
export function sessionName(runId: string, node: string): string {
  return `strata run=${runId.slice(0, 8)} node=${node}`
}
