import { fileURLToPath } from 'node:url';

/** The catalog that comes with the server: `/catalog` of the repository. */
export const shippedCatalogDirectory = fileURLToPath(new URL('../../../../catalog', import.meta.url));
