/** An environment variable that something of Strata reads. */
export interface EnvironmentVariable {
  readonly name: string
  readonly means: string
  /** What holds where it is not set; empty where nothing does. */
  readonly unset: string
  readonly area: 'connection' | 'landing' | 'project' | 'terminal' | 'packages' | 'tests'
  /** Only that of the process counts, not the one in `.env`. */
  readonly ofProcess?: true
}

/**
 * All variables that the code reads by their names, for the reference in docs/. Those that a project itself names come on
 * top: `{ env: NAME }` in sources and targets, `env_var('NAME')` in templates.
 */
export const environmentVariables: readonly EnvironmentVariable[] = [
  {
    name: 'DATABASE_URL',
    means:
      'the database, as postgresql://user:password@host:5432/name; a target may name another variable. Templates never see it.',
    unset: 'the embedded server',
    area: 'connection',
  },
  {
    name: 'STRATA_SCHEMA',
    means: 'the schema of models that name none, and in a project of dbt what stands before those that do',
    unset: 'public',
    area: 'connection',
  },
  {
    name: 'STRATA_CI_ID',
    means: 'what the schemas of the target ci have in their names: ci_<id>_silver',
    unset: 'GITHUB_RUN_ID, CI_PIPELINE_ID, else local',
    area: 'connection',
  },
  { name: 'GITHUB_RUN_ID', means: 'the same, as GitHub Actions sets it', unset: '', area: 'connection' },
  { name: 'CI_PIPELINE_ID', means: 'the same, as GitLab sets it', unset: '', area: 'connection' },
  {
    name: 'USER',
    means: 'what the schemas of the target dev have in their names: dev_<user>_silver',
    unset: 'the name of the account',
    area: 'connection',
  },
  { name: 'ETL_PARALLEL_JOBS', means: 'jobs that land at once, from 1 to 64', unset: '8', area: 'landing' },
  {
    name: 'ETL_INCREMENTAL_LOAD',
    means: 'false: every job reads everything, whatever its watermark says',
    unset: 'true',
    area: 'landing',
  },
  {
    name: 'STRATA_SIMULATOR_SCALE',
    means: 'size of the built-in simulator; 1 is a thousand patients an instance',
    unset: '1',
    area: 'landing',
  },
  {
    name: 'STRATA_SIMULATOR_FAULTS',
    means: 'a file with faults for the built-in simulator',
    unset: 'no faults',
    area: 'landing',
  },
  {
    name: 'STRATA_TEMPLATE_ENVIRONMENT',
    means:
      'names of further variables that templates may read by env_var(), with commas or spaces between; beside DBT_…, STRATA_… and those under environment: in strata.yml',
    unset: '',
    area: 'project',
  },
  {
    name: 'DBT_ENV_SECRET',
    means:
      'all variables whose names begin so are secrets: for addresses in packages.yml, never for templates, and never shown',
    unset: '',
    area: 'project',
  },
  {
    name: 'DBT_PACKAGE_HUB_URL',
    means: 'another hub for models deps',
    unset: 'https://hub.getdbt.com',
    area: 'packages',
  },
  {
    name: 'GIT_SSH',
    means: 'the program by which git of models deps reaches hosts',
    unset: 'ssh',
    area: 'packages',
  },
  {
    name: 'GIT_SSH_COMMAND',
    means: 'the same as a line of the shell',
    unset: 'ssh that asks for nothing',
    area: 'packages',
  },
  {
    name: 'NO_COLOR',
    means: 'set to anything: no colours',
    unset: 'colours on a terminal',
    area: 'terminal',
    ofProcess: true,
  },
  {
    name: 'FORCE_COLOR',
    means: 'set to anything: colours also in a pipe',
    unset: '',
    area: 'terminal',
    ofProcess: true,
  },
  {
    name: 'CI',
    means: 'set to anything: plain lines instead of a live view',
    unset: '',
    area: 'terminal',
    ofProcess: true,
  },
  {
    name: 'npm_config_user_agent',
    means: 'set by package managers: how commands are called in hints',
    unset: 'models',
    area: 'terminal',
    ofProcess: true,
  },
  {
    name: 'npm_lifecycle_event',
    means: 'the same',
    unset: '',
    area: 'terminal',
    ofProcess: true,
  },
  {
    name: 'TEST_DATABASE_URL',
    means: 'a further server on which the tests of the tool run',
    unset: 'the embedded server, and a PostgreSQL 15 whose programs are found',
    area: 'tests',
    ofProcess: true,
  },
  {
    name: 'STRATA_REQUIRE_SERVER',
    means: 'tests fail, instead of being skipped, where a server that they need is not there',
    unset: '',
    area: 'tests',
    ofProcess: true,
  },
  {
    name: 'STRATA_SOAK',
    means: '1: the long forms of the proofs',
    unset: 'short forms',
    area: 'tests',
    ofProcess: true,
  },
  {
    name: 'STRATA_SEED',
    means: 'repeats what a proof drew by chance',
    unset: '',
    area: 'tests',
    ofProcess: true,
  },
]
