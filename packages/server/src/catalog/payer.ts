/** A payer as `payers.json` holds it. */
export interface Payer {
  readonly id: string;
  readonly slug: string;
  readonly displayName: string;
  readonly aliases: readonly string[];
  /** Absent means active. */
  readonly status?: 'active' | 'inactive';
  /** Two-letter states, or `*` alone. */
  readonly supportedStates?: readonly string[];
  readonly supportedServiceTypes?: readonly ('inpatient' | 'outpatient' | 'drug')[];
  /** For templates that name none. */
  readonly channel?: { readonly kind: 'fax' | 'portal' | 'phone'; readonly address?: string };
  /** An invented payer. */
  readonly sample?: boolean;
}
