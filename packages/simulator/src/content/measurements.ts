export type ElementCategory = 'Vital Signs' | 'Laboratory' | 'Procedure' | 'Questionnaire' | 'Administrative'

/** Something that is done at visits, and what comes of it: a number in a range, or one of some words. */
export interface Measurement {
  readonly name: string
  readonly code: string
  readonly category: ElementCategory
  readonly unit: string | null
  readonly outcome: NumericOutcome | readonly string[]
}

export interface NumericOutcome {
  readonly low: number
  readonly high: number
  /** After the point. */
  readonly digits: number
}

/** The first so many are vital signs. */
export const VITAL_SIGNS = 8

export const measurements: readonly Measurement[] = [
  ...numeric('Vital Signs', [
    ['Systolic Blood Pressure', 'SYSBP', 'mmHg', 100, 165],
    ['Diastolic Blood Pressure', 'DIABP', 'mmHg', 58, 98],
    ['Heart Rate', 'HR', 'bpm', 52, 104],
    ['Body Temperature', 'TEMP', '°C', 36, 37.9, 1],
    ['Respiratory Rate', 'RESP', '/min', 11, 22],
    ['Oxygen Saturation', 'SPO2', '%', 92, 100],
    ['Weight', 'WEIGHT', 'kg', 48, 128, 1],
    ['Height', 'HEIGHT', 'cm', 148, 202],
  ]),
  ...numeric('Laboratory', [
    ['Hemoglobin', 'HGB', 'g/dL', 11, 17, 1],
    ['Hematocrit', 'HCT', '%', 34, 51, 1],
    ['White Blood Cells', 'WBC', '10^9/L', 3.4, 11.5, 1],
    ['Platelets', 'PLAT', '10^9/L', 130, 420],
    ['Neutrophils', 'NEUT', '10^9/L', 1.4, 7.8, 1],
    ['Lymphocytes', 'LYM', '10^9/L', 0.8, 4.2, 1],
    ['Sodium', 'SODIUM', 'mmol/L', 133, 147],
    ['Potassium', 'K', 'mmol/L', 3.3, 5.4, 1],
    ['Chloride', 'CL', 'mmol/L', 96, 108],
    ['Calcium', 'CA', 'mmol/L', 2.1, 2.7, 2],
    ['Creatinine', 'CREAT', 'mg/dL', 0.5, 1.5, 2],
    ['Urea Nitrogen', 'BUN', 'mg/dL', 6, 26],
    ['Glucose', 'GLUC', 'mg/dL', 68, 190],
    ['Hemoglobin A1c', 'HBA1C', '%', 4.6, 9.4, 1],
    ['Alanine Aminotransferase', 'ALT', 'U/L', 8, 74],
    ['Aspartate Aminotransferase', 'AST', 'U/L', 9, 62],
    ['Alkaline Phosphatase', 'ALP', 'U/L', 38, 140],
    ['Total Bilirubin', 'BILI', 'mg/dL', 0.2, 1.6, 1],
    ['Albumin', 'ALB', 'g/dL', 3.3, 5.1, 1],
    ['Total Cholesterol', 'CHOL', 'mg/dL', 118, 284],
    ['HDL Cholesterol', 'HDL', 'mg/dL', 32, 88],
    ['LDL Cholesterol', 'LDL', 'mg/dL', 52, 196],
    ['Triglycerides', 'TRIG', 'mg/dL', 44, 320],
    ['Thyrotropin', 'TSH', 'mIU/L', 0.3, 5.6, 2],
  ]),
  ...worded(
    'Procedure',
    [
      'Normal',
      'Normal',
      'Normal',
      'Abnormal, not clinically significant',
      'Abnormal, clinically significant',
    ],
    [
      ['Physical Examination', 'PE'],
      ['12-Lead ECG', 'ECG'],
      ['Neurological Examination', 'NEURO'],
      ['Skin Examination', 'SKIN'],
      ['Ophthalmic Examination', 'EYE'],
      ['Chest X-Ray', 'CXR'],
      ['Echocardiogram', 'ECHO'],
      ['Spirometry', 'SPIRO'],
      ['Injection Site Assessment', 'INJSITE'],
      ['Foot Examination', 'FOOT'],
    ],
  ),
  ...numeric('Questionnaire', [
    ['Quality of Life Score', 'QOL', 'points', 20, 100],
    ['Pain Scale', 'PAIN', 'points', 0, 10],
    ['Sleep Quality Index', 'SLEEP', 'points', 0, 21],
    ['Fatigue Score', 'FATIGUE', 'points', 0, 52],
    ['Depression Scale', 'DEPR', 'points', 0, 27],
    ['Anxiety Scale', 'ANX', 'points', 0, 21],
    ['Headache Diary', 'HEADACHE', 'days', 0, 20],
    ['Symptom Diary', 'SYMPTOM', 'points', 0, 40],
    ['Treatment Satisfaction', 'SATISF', 'points', 1, 7],
    ['Work Productivity', 'WORK', '%', 0, 100],
  ]),
  ...worded(
    'Administrative',
    ['Done'],
    [
      ['Informed Consent', 'ICF'],
      ['Inclusion and Exclusion Review', 'IE'],
      ['Medical History Review', 'MH'],
      ['Concomitant Medication Review', 'CM'],
      ['Adverse Event Review', 'AE'],
      ['Drug Dispensation', 'DISP'],
      ['Drug Accountability', 'ACCT'],
      ['Diary Instruction', 'DIARY'],
    ],
  ),
]

type NumericRow = readonly [
  name: string,
  code: string,
  unit: string,
  low: number,
  high: number,
  digits?: number,
]

function numeric(category: ElementCategory, rows: readonly NumericRow[]): readonly Measurement[] {
  return rows.map(([name, code, unit, low, high, digits = 0]) => ({
    name,
    code,
    category,
    unit,
    outcome: { low, high, digits },
  }))
}

function worded(
  category: ElementCategory,
  outcome: readonly string[],
  rows: readonly (readonly [name: string, code: string])[],
): readonly Measurement[] {
  return rows.map(([name, code]) => ({ name, code, category, unit: null, outcome }))
}
