/** FHIR R4 core and SDC extension URLs this engine reads. */
const core = 'http://hl7.org/fhir/StructureDefinition/';
const sdc = 'http://hl7.org/fhir/uv/sdc/StructureDefinition/';

export const extensionUrls = {
  hidden: `${core}questionnaire-hidden`,
  minOccurs: `${core}questionnaire-minOccurs`,
  maxOccurs: `${core}questionnaire-maxOccurs`,
  minLength: `${core}minLength`,
  regex: `${core}regex`,
  minValue: `${core}minValue`,
  maxValue: `${core}maxValue`,
  minQuantity: `${sdc}sdc-questionnaire-minQuantity`,
  maxQuantity: `${sdc}sdc-questionnaire-maxQuantity`,
  maxDecimalPlaces: `${core}maxDecimalPlaces`,
  mimeType: `${core}mimeType`,
  maxSize: `${core}maxSize`,
  unit: `${core}questionnaire-unit`,
  unitOption: `${core}questionnaire-unitOption`,
  unitValueSet: `${core}questionnaire-unitValueSet`,
  optionExclusive: `${core}questionnaire-optionExclusive`,
} as const;

/** The extension that replaces enableWhen by FHIRPath, under whichever guide's URL it is written. */
export function isEnableWhenExpression(url: string): boolean {
  return url.endsWith('questionnaire-enableWhenExpression');
}

/**
 * Extensions that change answers or rules but are not evaluated here. A form with them still works by hand, so
 * they give a notice and no refusal.
 */
const unevaluated: ReadonlySet<string> = new Set([
  `${core}questionnaire-constraint`,
  `${core}cqf-expression`,
  `${core}cqf-calculatedValue`,
  `${core}targetConstraint`,
  `${sdc}sdc-questionnaire-targetConstraint`,
  `${sdc}sdc-questionnaire-calculatedExpression`,
  `${sdc}sdc-questionnaire-initialExpression`,
  `${sdc}sdc-questionnaire-answerExpression`,
  `${sdc}sdc-questionnaire-candidateExpression`,
  `${sdc}sdc-questionnaire-answerOptionsToggleExpression`,
  `${sdc}sdc-questionnaire-itemPopulationContext`,
]);

export function isUnevaluated(url: string): boolean {
  return unevaluated.has(url);
}
