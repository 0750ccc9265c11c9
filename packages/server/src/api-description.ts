import type { OpenApiDescription } from './platform/http/openapi.ts';

const header = (name: string) => ({ type: 'apiKey', in: 'header', name }) as const;

/** What `openapi.json` and the reference page say of the API as a whole. */
export const apiDescription: OpenApiDescription = {
  title: 'Precert',
  version: '0.2.0',
  description:
    'Prior authorization between clinics and payers: cases, questionnaires, documents, submissions, decisions. And claims made in a clinic’s EMR from its visits.',
  servers: [{ url: '/', description: 'This server.' }],
  tags: [
    { name: 'Prior authorization', description: 'The case, from the draft to the decision.' },
    { name: 'Files', description: 'Upload sessions and downloads.' },
    { name: 'Webhooks', description: 'Being told of events.' },
    { name: 'Payer catalog', description: 'Who can be asked.' },
    { name: 'Claims', description: 'Claims made in the EMR from visits. Errors are `ClaimsError`.' },
    { name: 'Appointments', description: 'The visits of a linked EMR, as last read from it.' },
    {
      name: 'Webhooks of the claims API',
      description: 'Being told of what happens to claims, appointments and patients.',
    },
    { name: 'Linked accounts', description: 'The EMRs of an organization, each with its access token.' },
    {
      name: 'Credentials',
      description: 'The organization’s own keys; for callers with the scope `admin`.',
    },
    { name: 'Audit', description: 'Who did what with the organization’s data.' },
    { name: 'Sandbox', description: 'Playing the payer; only in the sandbox environment.' },
    { name: 'System', description: 'For operators.' },
  ],
  securitySchemes: {
    ClientCredentials: header('client_id'),
    ClientSecret: header('client_secret'),
    AccessToken: header('access_token'),
  },
};
