import { test } from 'vitest';
import * as c from '../support/api/sample-case.ts';
import { useTestServer } from '../support/api/test-server.ts';
const server = useTestServer();
test('t', async () => {
  const client = await server().newOrganization();
    const b = await c.createCase(client, {ready: true});
    const M = process.env.MODE;
    if (M === 'e' || M === 'f' ) {
    const id = await c.uploadFile(client); 
    await client.call('POST', `${c.authorizationsPath}/${b.id}/attachments`, {fileId: id, label: 'Recent clinical note'}); }
    const q = c.succeed(await client.call('POST', `${c.authorizationsPath}/${b.id}/preview`)); 
    for (const d of M === 'f' ? [q.documents.filledForm] : [q.documents.filledForm, q.documents.draftPacket]) { const r = await fetch(d.downloadUrl, {headers: {authorization: `Bearer ${client.bearerToken}`}}); const bytes = new Uint8Array(await r.arrayBuffer()); console.log(M === 'h' ? r.headers : ''); if (M==='i') (await import('../../src/documents/test-support/read-pdf.ts')).pageTexts(bytes); }
   server().app.http.server.getConnections((e, n) => console.log('connections', n));
});
