/** Pages that do not look into the project: carried out in the project of `files/small`, which takes less time than the one of this repository. */
export const smallProjectPages: ReadonlySet<string> = new Set([
  'probe',
  'freshness',
  'reference/command-line',
  'how-to/ci-in-a-pull-request',
  'how-to/run-on-a-server',
])
