/**
 * Which paths exist in `CaseData`: names for the path language to check against, so that a misspelt path is a
 * problem of the template at load time and not a requirement that can never be met. Enum values: contract section 2.
 */

export type Shape = 'text' | ObjectShape | ListShape;

export interface ObjectShape {
  readonly fields: Readonly<Record<string, Shape>>;
}

export interface ListShape {
  readonly element: ObjectShape;
  /** `[x]` and, where `dotted`, `.x` select the elements whose `attribute` is x. */
  readonly selector: {
    readonly attribute: string;
    readonly values: readonly string[];
    readonly dotted: boolean;
  };
  /** A path that ends at the list reads this field of each element; without it, the elements themselves. */
  readonly scalar?: string;
}

const text = 'text';

export const planTypes = [
  'commercial',
  'medicare',
  'medicare_advantage',
  'medicaid',
  'exchange',
  'other',
] as const;
export const providerRoles = ['prescribing', 'servicing', 'referring', 'dispensing', 'facility'] as const;
export const providerIdentifierTypes = ['npi', 'dea', 'tin', 'state_license'] as const;
export const patientIdentifierTypes = ['mrn', 'external'] as const;

const address: ObjectShape = { fields: { line1: text, line2: text, city: text, state: text, zip: text } };

function identifiers(values: readonly string[]): ListShape {
  return {
    element: { fields: { type: text, value: text } },
    selector: { attribute: 'type', values, dotted: false },
    scalar: 'value',
  };
}

const location: ObjectShape = { fields: { name: text, npi: text, phone: text, fax: text, address } };

export const caseShape: ObjectShape = {
  fields: {
    patient: {
      fields: {
        identifiers: identifiers(patientIdentifierTypes),
        firstName: text,
        lastName: text,
        dateOfBirth: text,
        gender: text,
        phone: text,
        address,
      },
    },
    coverage: {
      fields: { payerId: text, memberId: text, groupNumber: text, planType: text, insuranceState: text },
    },
    providers: {
      element: {
        fields: {
          role: text,
          identifiers: identifiers(providerIdentifierTypes),
          firstName: text,
          lastName: text,
          organizationName: text,
          specialty: text,
          phone: text,
          fax: text,
          address,
        },
      },
      selector: { attribute: 'role', values: providerRoles, dotted: true },
    },
    requestedBy: { fields: { firstName: text, lastName: text, phone: text } },
    service: {
      fields: {
        code: text,
        codeSystem: text,
        drugName: text,
        requestedStartDate: text,
        requestedEndDate: text,
      },
    },
    diagnoses: {
      element: { fields: { code: text, codeSystem: text } },
      selector: { attribute: 'codeSystem', values: ['icd_10'], dotted: false },
      scalar: 'code',
    },
    urgency: text,
    locations: { fields: { servicing: location, referring: location } },
    siteOfCare: text,
    treatmentPhase: text,
  },
};

export function isList(shape: Shape): shape is ListShape {
  return typeof shape === 'object' && 'element' in shape;
}
