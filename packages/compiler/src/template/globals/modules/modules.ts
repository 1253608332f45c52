import { hostObject } from '../../values/host.ts'
import type { HostObject } from '../../values/value.ts'
import type { Clock } from './clock.ts'
import { dateClass } from './date-value.ts'
import { datetimeClass } from './datetime-value.ts'
import { itertoolsModule } from './itertools-module.ts'
import { pytzModule } from './pytz-module.ts'
import { reModule } from './re-module.ts'
import { timeClass } from './time-value.ts'
import { timedeltaClass } from './timedelta-value.ts'
import { timezoneClass, tzinfoClass } from './zone-value.ts'

/**
 * `modules` as dbt has it: Python's datetime, re and itertools, and pytz. What they cannot do here: local time is UTC,
 * iterators are lists, endless ones end after 10,000 items, and a search stops after two million steps.
 */
export function modules(clock: Clock): HostObject {
  return hostObject({
    type: 'modules',
    attributes: {
      datetime: hostObject({
        type: 'module',
        attributes: {
          datetime: datetimeClass(clock),
          date: dateClass(clock),
          time: timeClass,
          timedelta: timedeltaClass,
          timezone: timezoneClass,
          tzinfo: tzinfoClass,
        },
      }),
      pytz: pytzModule,
      re: reModule,
      itertools: itertoolsModule,
    },
  })
}
