/** A call of a command that works in the project of this repository. */
export interface CommandExample {
  readonly line: string
  readonly does: string
  /** Why nobody can just try it; the tests of docs/ run all others. */
  readonly needs?: string
}

/** Examples by command, for `--help` and for the reference in docs/. */
export const commandExamples: { readonly [command: string]: readonly CommandExample[] } = {
  run: [
    { line: 'models run --select +patients', does: 'lands and builds patients, and all that it stands on' },
    { line: 'models run --select patients --no-extract', does: 'builds it from what has landed' },
    {
      line: 'models run --select patients --full-refresh --no-extract',
      does: 'builds it anew from all rows',
    },
    { line: 'models run --target dev --select patients', does: 'the same in schemas of your own' },
  ],
  build: [{ line: 'models build --select +patients', does: 'what fails its tests is not published' }],
  retry: [{ line: 'models retry', does: 'does again what failed in the last run, if anything did' }],
  runs: [
    { line: 'models runs', does: 'the last runs' },
    { line: 'models runs --slowest', does: 'where the time goes' },
    { line: 'models runs --jobs', does: 'what landed' },
  ],
  extract: [
    { line: 'models extract --select source:clinical_conductor.patients', does: 'lands one table' },
    {
      line: 'models extract --select source:clinical_conductor.patients --since 2024-01-01 --until 2024-02-01',
      does: 'reads again what changed in January',
    },
  ],
  test: [
    { line: 'models test --select patients --indirect-selection buildable', does: 'the tests of one model' },
    { line: 'models test --select patients,test_type:unit', does: 'its unit tests alone' },
  ],
  seed: [{ line: 'models seed', does: 'loads what changed in seeds/' }],
  snapshot: [{ line: 'models snapshot', does: 'takes all of them' }],
  'source freshness': [{ line: 'models source freshness', does: 'every source that has limits' }],
  'source status': [
    { line: 'models source status', does: 'a line for each job and instance' },
    { line: 'models source status clinical_conductor.patients', does: 'one table in detail' },
  ],
  'source probe': [
    {
      line: 'models source probe clinical_conductor.patients --dry-run',
      does: 'tries out one endpoint, and remembers nothing',
    },
  ],
  'source analyze': [
    {
      line: "models source analyze opendental --tables 'proc*'",
      does: 'proposes jobs for some tables',
      needs: 'a source of the kind mysql or postgres',
    },
  ],
  'source replay': [
    { line: 'models source replay --dry-run', does: 'what would become of what was set aside' },
  ],
  'source take-over': [
    {
      line: 'models source take-over clinical_conductor --dry-run',
      does: 'what would be done to the tables of another loader',
      needs: 'tables that another loader left',
    },
  ],
  deps: [{ line: 'models deps', does: 'installs what packages.yml lists' }],
  'run-operation': [
    {
      line: 'models run-operation --sql "analyze {{ ref(\'patients\') }}"',
      does: 'runs a statement in which ref() works',
    },
  ],
  plan: [
    { line: 'models plan --select +patients', does: 'what run would do, and why' },
    { line: 'models plan build --select patients', does: 'what build would do' },
  ],
  compile: [
    { line: 'models compile --select patients', does: 'writes target/compiled/…/patients.sql' },
    { line: 'models compile --inline "select count(*) from {{ ref(\'patients\') }}"', does: 'prints it' },
  ],
  lint: [
    { line: 'models lint', does: 'the whole project' },
    { line: 'models lint --select models/silver --strict', does: 'one folder; warnings fail it too' },
    { line: 'models lint --rule phi-in-gold', does: 'one rule alone' },
  ],
  check: [
    { line: 'models check', does: 'types every model on an empty database' },
    { line: 'models check --select +patients', does: 'one, and what it stands on' },
  ],
  types: [
    { line: 'models types --output src/rows.ts', does: 'writes a type for the rows of each relation' },
    {
      line: 'models types --select models/silver --for kysely',
      does: 'of one folder, with a Database for Kysely',
    },
  ],
  lineage: [
    {
      line: 'models lineage silver.patients.last_name',
      does: 'what the column comes from, down to bronze',
    },
    { line: 'models lineage patients', does: 'all columns of a model, one step down' },
    { line: 'models lineage patients.last_name --json', does: 'the same for tools' },
  ],
  impact: [
    { line: 'models impact silver.patients.last_name', does: 'who breaks or changes with it' },
    {
      line: 'models impact "clinical_conductor.patients.data->\'status\'"',
      does: 'the same of a member of the records of an API',
    },
  ],
  list: [
    { line: 'models list --select +patients', does: 'what a selection picks' },
    { line: 'models list --select patients --output json', does: 'the same, with what is known of each' },
  ],
  'docs generate': [
    { line: 'models docs generate', does: 'describes all of the project, and what of it is in the database' },
    { line: 'models docs generate --select models/silver', does: 'with a catalog of one folder alone' },
  ],
  show: [
    { line: 'models show patients', does: 'its first rows' },
    { line: 'models show --inline "select count(*) from {{ ref(\'patients\') }}"', does: 'rows of any SQL' },
  ],
  debug: [{ line: 'models debug', does: 'says what is there, and what is missing' }],
  clean: [
    { line: 'models clean', does: 'deletes the folder target/' },
    { line: 'models clean --target dev', does: 'drops the relations and schemas that the target dev built' },
  ],
  db: [
    { line: 'models db start', does: 'keeps the server running until models db stop' },
    { line: 'models db status', does: 'whether it runs, and where' },
    { line: 'psql "$(models db url)"', does: 'opens a shell of SQL on it', needs: 'psql' },
    { line: 'models db stop', does: 'stops it' },
  ],
}

/** What stands below the options in `--help`; empty where a command has no examples. */
export function exampleHelp(command: string): string {
  const examples = commandExamples[command] ?? []
  const width = Math.max(0, ...examples.map(({ line }) => line.length).filter((length) => length <= 60))
  const lines = examples.map(({ line, does }) =>
    line.length > 60 ? `  ${line}\n  ${' '.repeat(width)}   ${does}` : `  ${line.padEnd(width)}   ${does}`,
  )
  return lines.length === 0 ? '' : `\nExamples:\n${lines.join('\n')}`
}
