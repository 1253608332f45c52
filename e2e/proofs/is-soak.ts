/** `pnpm soak` runs the long forms. */
export const isSoak = process.env['STRATA_SOAK'] === '1'
