import { describe, expect, test } from 'vitest';
import { uploadFile } from '../support/api/sample-case.ts';
import { useTestServer } from '../support/api/test-server.ts';
import { download, readFile, storedFile } from '../support/api/upload-session.ts';

const server = useTestServer();

describe('a download', () => {
  const names: readonly (readonly [name: string, shown: string])[] = [
    ['clinical-note.pdf', 'clinical-note.pdf'],
    ['../../../etc/passwd', '_.._.._etc_passwd'],
    ['..\\..\\boot.ini', '_.._boot.ini'],
    ['.htaccess', 'htaccess'],
    ['a"\r\nX-Injected: 1\r\n\r\n<html>.pdf', 'a"X-Injected: 1<html>.pdf'],
    ['say "hi"; filename=evil.exe', 'say "hi"; filename=evil.exe'],
    ['%0d%0aX-Injected: 1', '%0d%0aX-Injected: 1'],
    ['invoice\u202Efdp.exe', 'invoicefdp.exe'],
    ['\u200F\u2066\u2028.pdf', 'pdf'],
    ['con.pdf', 'con.pdf'],
    ["Befund für O'Brien (2026)*.pdf", "Befund für O'Brien (2026)*.pdf"],
    ['検査結果 😀.pdf', '検査結果 😀.pdf'],
    [`${'n'.repeat(251)}.pdf`, 'n'.repeat(200)],
    [`${'n'.repeat(199)}😀.pdf`, `${'n'.repeat(199)}\uFFFD`],
    ['\u0007\u001b[31m', '[31m'],
    ['...', 'file'],
  ];

  test.each(names)(
    'of %j names it in one clean line and stores it under no such name',
    async (fileName, shown) => {
      const client = await server().newOrganization();
      const id = await uploadFile(client, { fileName, contentType: 'text/plain', bytes: Buffer.from('x') });
      expect(await readFile(client, id)).toMatchObject({ fileName });
      const answer = await download(client, id);
      expect([answer.status, await answer.text()]).toEqual([200, 'x']);
      const header = answer.headers.get('content-disposition') ?? '';
      const [, ascii, encoded] =
        /^attachment; filename="([ !#-$&-:<-~]*)"; filename\*=UTF-8''([\w!#$&+.^`|~%-]*)$/.exec(header) ?? [];
      expect(header).toContain("filename*=UTF-8''");
      expect(decodeURIComponent(encoded ?? '%')).toBe(shown);
      expect(ascii).toBe(shown.replace(/[^ -~]|["%;]/g, '_'));
      expect(answer.headers.get('x-injected')).toBeNull();
      const row = await storedFile(server(), id);
      expect(row?.storageKey).toMatch(/^files\/\d{4}-\d\d-\d\d\/[0-9a-f-]{36}$/);
    },
  );

  test('carries what keeps a browser from running or keeping it, and nothing that tells of the server', async () => {
    const client = await server().newOrganization();
    const id = await uploadFile(client, { contentType: 'text/html', bytes: Buffer.from('<script>') });
    const answer = await download(client, id);
    expect(Object.fromEntries(answer.headers)).toEqual({
      'cache-control': 'no-store',
      connection: 'keep-alive',
      'content-disposition': `attachment; filename="clinical-note.pdf"; filename*=UTF-8''clinical-note.pdf`,
      'content-length': '8',
      'content-security-policy': "sandbox; default-src 'none'",
      'content-type': 'text/html',
      'cross-origin-resource-policy': 'same-origin',
      date: expect.any(String),
      'keep-alive': expect.any(String),
      'referrer-policy': 'no-referrer',
      'strict-transport-security': 'max-age=31536000; includeSubDomains',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'x-request-id': expect.any(String),
    });
  });

  test('needs a bearer of the organization, and every part of the link as it was given', async () => {
    const client = await server().newOrganization();
    const stranger = await server().newOrganization();
    const id = await uploadFile(client);
    const otherId = await uploadFile(client);
    const { downloadUrl } = await readFile(client, id);
    const statusOf = async (url: string, who = client) =>
      (await fetch(url, { headers: { authorization: `Bearer ${who.bearerToken}` } })).status;
    expect(await statusOf(downloadUrl)).toBe(200);
    expect(await statusOf(downloadUrl, stranger)).toBe(404);
    expect((await fetch(downloadUrl)).status).toBe(401);
    expect(await statusOf(downloadUrl.replace(id, otherId))).toBe(403);
    expect(await statusOf(downloadUrl.split('?')[0] ?? '')).toBe(400);
    // Theirs, with a signature of ours for the same path: the organization is part of what is signed.
    const theirs = await uploadFile(stranger);
    expect(await statusOf(downloadUrl.replace(id, theirs))).toBe(404);
    expect(await statusOf(downloadUrl.replace(id, theirs), stranger)).toBe(403);

    const link = new URL(downloadUrl);
    const altered = (name: string, value: string) => {
      const url = new URL(link);
      url.searchParams.set(name, value);
      return url.href;
    };
    const expires = link.searchParams.get('expires') ?? '';
    const signature = link.searchParams.get('signature') ?? '';
    const expiries = [`0${expires}`, String(Number(expires) + 1), '999999999999', '0'];
    const others = Array.from(signature, (character, index) => {
      const replaced = character === 'A' ? 'B' : 'A';
      return signature.slice(0, index) + replaced + signature.slice(index + 1);
    });
    const signatures = [...others, '', `${signature}=`, signature.slice(1), signature.toUpperCase()];
    for (const url of [
      ...expiries.map((value) => altered('expires', value)),
      ...signatures.map((value) => altered('signature', value)),
    ]) {
      const answer = await client.send(url, { method: 'GET' });
      expect([answer.status, answer.body.code]).toEqual([403, 'download_link_invalid']);
    }
  });

  test('ends with the link’s five minutes, after which the file gives another link', async () => {
    const client = await server().newOrganization();
    const id = await uploadFile(client);
    const { downloadUrl } = await readFile(client, id);
    const get = (url: string) => client.send(url, { method: 'GET' });
    server().clock.advance(299_000);
    expect((await get(downloadUrl)).status).toBe(200);
    server().clock.advance(1_000);
    expect((await get(downloadUrl)).status).toBe(200);
    server().clock.advance(1_000);
    const late = await get(downloadUrl);
    expect([late.status, late.body.code]).toEqual([403, 'download_link_invalid']);
    expect((await get((await readFile(client, id)).downloadUrl)).status).toBe(200);
  });
});
