/** Pages whose commands need more than a project on this machine, and what that is. */
export const notRun: { readonly [page: string]: string } = {
  analyze: 'needs a database of OpenDental; source-analyze.test.ts runs them on one',
  'take-over': 'needs the tables of an old loader; take-over.test.ts runs them on some',
  'clinical/migration': 'needs an old clinical database; its own tests make one',
  'clinical/model': 'builds the whole hub; its own tests do',
}
