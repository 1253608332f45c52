/** Pages whose commands need more than a project on this machine, and what that is. */
export const notRun: { readonly [page: string]: string } = {}
