import type { Json } from '@strata/core'
import { type Config, isMapping } from './merge-config.ts'

/** `type_params:` of a metric as dbt's manifest has it: every key is there, and what may be a name alone is an object. */
export function metricTypeParameters(metric: Config): Config {
  const given = isMapping(metric['type_params']) ? metric['type_params'] : {}
  const measure = measureOf(given['measure'])
  const conversion = given['conversion_type_params']
  return {
    measure,
    input_measures: measure === null ? [] : [measure],
    numerator: inputMetric(given['numerator']),
    denominator: inputMetric(given['denominator']),
    expr: given['expr'] === undefined || given['expr'] === null ? null : String(given['expr']),
    window: timeWindow(given['window']),
    grain_to_date: given['grain_to_date'] ?? null,
    metrics: Array.isArray(given['metrics']) ? given['metrics'].map(inputMetric) : [],
    conversion_type_params: isMapping(conversion) ? conversionParameters(conversion) : null,
    cumulative_type_params: metric['type'] === 'cumulative' ? cumulativeParameters(given) : null,
    metric_aggregation_params: null,
  }
}

/** A measure by its name, or with what is said of it; null where there is none. */
export function measureOf(given: Json | undefined): Config | null {
  if (typeof given === 'string') return measureOf({ name: given })
  if (!isMapping(given)) return null
  return {
    name: given['name'] ?? null,
    filter: whereFilter(given['filter']),
    alias: given['alias'] ?? null,
    join_to_timespine: given['join_to_timespine'] ?? false,
    fill_nulls_with: given['fill_nulls_with'] ?? null,
  }
}

/** A condition, or several of them. */
export function whereFilter(given: Json | undefined): Json {
  const list = typeof given === 'string' ? [given] : Array.isArray(given) ? given : []
  if (list.length === 0) return null
  return { where_filters: list.map((one) => ({ where_sql_template: one })) }
}

function inputMetric(given: Json | undefined): Json {
  if (typeof given === 'string') return inputMetric({ name: given })
  if (!isMapping(given)) return null
  return {
    name: given['name'] ?? null,
    filter: whereFilter(given['filter']),
    alias: given['alias'] ?? null,
    offset_window: timeWindow(given['offset_window']),
    offset_to_grain: given['offset_to_grain'] ?? null,
  }
}

function conversionParameters(given: Config): Config {
  return {
    base_measure: measureOf(given['base_measure']),
    conversion_measure: measureOf(given['conversion_measure']),
    entity: given['entity'] ?? null,
    calculation: given['calculation'] ?? 'conversion_rate',
    window: timeWindow(given['window']),
    constant_properties: given['constant_properties'] ?? null,
  }
}

/** They may still stand where they stood in older versions, one level above. */
function cumulativeParameters(above: Config): Config {
  const given = isMapping(above['cumulative_type_params']) ? above['cumulative_type_params'] : {}
  return {
    window: timeWindow(given['window'] ?? above['window']),
    grain_to_date: given['grain_to_date'] ?? above['grain_to_date'] ?? null,
    period_agg: given['period_agg'] ?? 'first',
    metric: null,
  }
}

/** `28 days` */
function timeWindow(given: Json | undefined): Json {
  const match = typeof given === 'string' ? /^(\d+) (\w+?)s?$/.exec(given.toLowerCase()) : null
  return match === null ? null : { count: Number(match[1]), granularity: match[2]! }
}
