import type { Recorder } from '../cache/recorder.ts'
import type { CompileSettings } from './render-scope.ts'
import type { Variables } from './variables.ts'

/** The variables, each of which is noted when it is looked up. */
export function recordingVariables(variables: Variables, recorder: Recorder): Variables {
  return {
    ...variables,
    find(packageName, name) {
      const value = variables.find(packageName, name)
      recorder.read('var', `${packageName} ${name}`, JSON.stringify(value) ?? '')
      return value
    },
  }
}

/** The settings, whose environment variables are noted when they are looked up. */
export function recordingSettings(settings: CompileSettings, recorder: Recorder): CompileSettings {
  return {
    ...settings,
    environmentVariable(name) {
      const value = settings.environmentVariable(name)
      recorder.read('env', name, JSON.stringify(value) ?? '')
      return value
    },
  }
}
