import { quoteRelation } from '@strata/core'

/** Ids of our making start above this, so that an id that becomes known later is still free. */
export const lastReservedJobId = 1000

export interface TableDefinition {
  readonly name: string
  readonly statements: readonly string[]
}

/** The tables that people's queries read: instances, jobs, runs. In the order of their foreign keys. */
export function jobTables(landingSchema: string): readonly TableDefinition[] {
  const at = (name: string) => quoteRelation({ schema: landingSchema, name })
  const credentials = at('dw_api_credentials')
  const jobs = at('dw_etl_jobs')
  const runs = at('dw_etl_runs')
  return [
    {
      name: 'dw_api_credentials',
      statements: [
        `create table ${credentials} (
          id integer primary key,
          name varchar(255) not null,
          source varchar(255) not null,
          base_url text not null,
          is_simulated boolean not null,
          is_active boolean not null default true,
          created_at timestamptz default now(),
          updated_at timestamptz default now()
        )`,
        `comment on table ${credentials} is 'Instances of sources. Secrets are not here: they stay in the environment'`,
      ],
    },
    {
      name: 'dw_etl_jobs',
      statements: [
        `create table ${jobs} (
          id serial primary key,
          name varchar(255) not null,
          source_endpoint text not null,
          target_table varchar(255) not null,
          is_active boolean default true,
          requires_parameters boolean default false,
          parameter_name varchar(100),
          parameter_source_table varchar(255),
          parameter_source_column varchar(255),
          parent_job_id integer references ${jobs} (id),
          source_instance_id integer references ${credentials} (id),
          last_run_status varchar(50),
          last_run_at timestamptz,
          last_run_records integer,
          created_at timestamptz default now(),
          updated_at timestamptz default now(),
          incremental_load boolean,
          depends_on integer[],
          unique (name, source_instance_id)
        )`,
        `comment on table ${jobs} is 'One row a job and instance. is_active is the operator''s switch'`,
      ],
    },
    {
      name: 'dw_etl_runs',
      statements: [
        `create table ${runs} (
          run_id serial primary key,
          job_id integer references ${jobs} (id),
          run_status varchar(50),
          records_loaded integer,
          started_at timestamptz,
          completed_at timestamptz,
          error_message text,
          credential_id integer references ${credentials} (id),
          run_context jsonb
        )`,
        `create index on ${runs} (job_id, started_at)`,
        `create index on ${runs} (started_at)`,
        `comment on table ${runs} is 'One row a job, instance and run'`,
      ],
    },
  ]
}
