/**
 * Words that people bring along from dbt, or that Strata does not know yet, and what to type instead. A line goes when its
 * command comes.
 */
export const commandsOfDbt: { readonly [command: string]: string } = {
  clone: 'It is not there yet: `models run --target ci` builds beside the schemas that are in use.',
  init: 'It is not there yet: a folder with a strata.yml that says `name: shop`, and models/, is a project.',
  parse: '`models compile` reads the whole project, tells its mistakes and writes target/manifest.json.',
  check: 'It is not there yet: `models compile` tells the mistakes that can be told without a database.',
  lineage: 'It is not there yet: `models list --select +name+` shows what stands before and after a node.',
  system: 'Strata is updated as it was installed.',
  environment: 'Variables are read from the environment and from .env in the folder of the project.',
  man: '`--help` after any command says what it takes.',
  rpc: 'There is no server to talk to: `models run`, `models compile` and `models show` take --json.',
  sl: 'There is no semantic layer.',
}
