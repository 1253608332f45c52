/** The database that the embedded server keeps a project's data in. */
export const embeddedDatabaseName = 'strata'
