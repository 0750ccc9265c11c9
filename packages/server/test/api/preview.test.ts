import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { pageTexts } from '../../src/documents/test-support/read-pdf.ts';
import { answering, coded } from '../support/api/answers.ts';
import type { Answer, ApiClient } from '../support/api/api-client.ts';
import { attach, listEvents, patchCase, readCase, submitCase } from '../support/api/case-record.ts';
import { homeOxygenCase, homeOxygenDocuments } from '../support/api/home-oxygen-case.ts';
import {
  adakveoCase,
  authorizationsPath,
  createCase,
  createCaseInState,
  succeed,
  uploadFile,
} from '../support/api/sample-case.ts';
import { samplePdf } from '../support/api/sample-documents.ts';
import { useTestServer } from '../support/api/test-server.ts';
import { damagedPdf, encryptedPdf } from '../support/api/unreadable-documents.ts';
import { replaceStoredBytes } from '../support/api/upload-session.ts';

const server = useTestServer();

async function preview(client: ApiClient, id: string): Promise<Answer['body']> {
  return succeed(await client.call('POST', `${authorizationsPath}/${id}/preview`));
}

async function download(client: ApiClient, url: string): Promise<Uint8Array> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${client.bearerToken}` } });
  expect(response).toMatchObject({ status: 200 });
  return new Uint8Array(await response.arrayBuffer());
}

async function previewedEvents(client: ApiClient, id: string): Promise<unknown[]> {
  const events = await listEvents(client, id);
  return events.filter(({ type }) => type.endsWith('.previewed')).map(({ payload }) => payload);
}

/** Every answer of the sample but one. */
async function caseWithout(client: ApiClient, linkId: string): Promise<string> {
  const { id } = await createCase(client, { ready: true });
  succeed(await patchCase(client, id, answering({ [linkId]: null })));
  return id;
}

describe('what a preview says', { timeout: 60_000 }, () => {
  test('of a case with one missing answer is what the contract shows', async () => {
    const client = await server().newOrganization();
    const id = await caseWithout(client, 'acknowledgment_date');
    const {
      questionStates,
      activeRequirementGroups,
      contextRequirements,
      documents,
      validationIssues,
      ...rest
    } = await preview(client, id);
    expect(rest).toEqual({
      authorizationId: id,
      workflowState: 'needs_input',
      submittable: false,
      supportingDocumentRequests: [
        {
          key: 'questionnaire.request_type',
          label: 'Clinical documentation',
          requiredMode: 'recommended',
          status: 'recommended',
          likelyDocTypes: ['clinical_note', 'treatment_plan'],
          message: 'Clinical documentation usually accompanies this request.',
        },
      ],
      mappingSummary: {
        sourceFormId: 'aetna-adakveo-precert-2026-01',
        sourceFormTitle: 'Adakveo Medication Precertification Request',
        requiredQuestionCount: 10,
        answeredRequiredQuestionCount: 9,
        enabledQuestionCount: 13,
        answeredQuestionCount: 9,
        mappedFieldCount: expect.any(Number),
        unmappedFieldKeys: [],
      },
    });
    expect(validationIssues[0]).toEqual({
      field: 'questionnaireResponse.items.acknowledgment_date',
      code: 'required',
      message: 'An answer is needed for "Acknowledgment date".',
      severity: 'error',
      blocking: true,
      ruleType: 'required',
      relatedKeys: ['questionnaire.acknowledgment_date'],
    });
    expect(validationIssues.filter((issue: Answer['body']) => issue.blocking)).toHaveLength(1);
    expect(contextRequirements[0]).toEqual({
      key: 'context.providers.prescribing',
      label: 'Prescribing provider',
      requiredMode: 'required',
      status: 'satisfied',
      blocking: true,
      paths: [
        'providers[role=prescribing].firstName',
        'providers[role=prescribing].lastName',
        'providers[role=prescribing].identifiers[npi]',
      ],
      message: 'This form needs a prescribing provider.',
    });
    expect(activeRequirementGroups[0]).toEqual({
      id: 'acknowledgment-date-required',
      kind: 'required',
      label: 'Acknowledgment date',
      message: 'Give the acknowledgment date first.',
      fieldKeys: ['questionnaire.acknowledgment_date'],
      status: 'violated',
      severity: 'error',
      blocking: true,
    });
    expect(questionStates.slice(0, 2)).toEqual([
      {
        key: 'questionnaire.request_type',
        linkId: 'request_type',
        enabled: true,
        required: true,
        answered: true,
        blocking: false,
      },
      {
        key: 'questionnaire.acknowledgment_date',
        linkId: 'acknowledgment_date',
        enabled: true,
        required: true,
        answered: false,
        blocking: true,
      },
    ]);
    for (const [name, document] of Object.entries(documents)) {
      expect([name, document]).toEqual([
        name,
        {
          fileName: name === 'filledForm' ? 'filled-form.pdf' : 'draft-packet.pdf',
          mimeType: 'application/pdf',
          sizeBytes: expect.any(Number),
          pageCount: expect.any(Number),
          downloadUrl: expect.stringContaining(`${server().baseUrl}/v1/files/file_`),
          sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
          generatedAt: server().clock.now().toISOString(),
        },
      ]);
    }
    expect(Object.keys(documents)).toEqual(['filledForm', 'draftPacket']);
  });

  test('warns of a name that cannot be printed, once, and blocks nothing for it', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client, { ready: true });
    const patient = { ...adakveoCase.patient, lastName: 'ꦱꦸꦏꦂꦤ' };
    succeed(await patchCase(client, id, { patient }));
    const { validationIssues, submittable } = await preview(client, id);
    expect(submittable).toBe(true);
    // The sample has warnings of its own, about other fields.
    const ofDocuments = validationIssues.filter(({ field }: { field: string }) => field === 'documents');
    expect(ofDocuments).toEqual([
      {
        field: 'documents',
        code: 'invalid_format',
        message: expect.not.stringContaining('ꦱꦸꦏꦂꦤ'),
        severity: 'warning',
        blocking: false,
        ruleType: 'format',
        relatedKeys: [],
      },
    ]);
  });

  test('has a state for every question and for no group, each with its own blocking', async () => {
    const client = await server().newOrganization();
    const { id, questionnaire } = await createCase(client, { ready: true });
    succeed(await patchCase(client, id, answering({ genotype: coded('other') })));
    const { questionStates } = await preview(client, id);
    const linkIds = (items: Answer['body'][]): string[] =>
      items.flatMap(({ linkId, type, item = [] }) =>
        type === 'group' ? linkIds(item) : [linkId, ...linkIds(item)],
      );
    const once = linkIds(questionnaire.item).filter((linkId) => !linkId.startsWith('therapy_'));
    expect(questionStates.map(({ linkId }: Answer['body']) => linkId)).toEqual(once);
    for (const { key, linkId, enabled, required, answered, blocking } of questionStates) {
      expect(key).toBe(`questionnaire.${linkId}`);
      expect([linkId, blocking]).toEqual([linkId, enabled && required && !answered]);
    }
    const stateOf = (wanted: string) =>
      questionStates.find(({ linkId }: Answer['body']) => linkId === wanted);
    expect(stateOf('genotype_other')).toMatchObject({ enabled: true, answered: false, blocking: true });
    expect(stateOf('first_dose_date')).toMatchObject({ enabled: false, blocking: false });
    expect(stateOf('complications')).toMatchObject({ enabled: true, required: false, blocking: false });
  });

  test('of an unmet context requirement names the first path that is missing', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client, { ready: true });
    const [prescriber] = adakveoCase.providers;
    succeed(await patchCase(client, id, { providers: [{ ...prescriber, identifiers: [] }], diagnoses: [] }));
    const { contextRequirements, validationIssues, submittable } = await preview(client, id);
    expect(submittable).toBe(false);
    expect(contextRequirements).toMatchObject([
      { key: 'context.providers.prescribing', status: 'missing', blocking: true },
      { key: 'context.diagnoses', status: 'missing', blocking: true },
    ]);
    expect(validationIssues).toMatchObject([
      {
        field: 'providers[role=prescribing].identifiers[npi]',
        code: 'context_missing',
        ruleType: 'context',
        relatedKeys: ['context.providers.prescribing'],
      },
      { field: 'diagnoses.code', code: 'context_missing', blocking: true },
    ]);
  });

  test('of a group shows it only while its guard holds, and violated in its own words', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client, { ready: true });
    const groupsOf = async () =>
      (await preview(client, id)).activeRequirementGroups.map(({ id: group, status }: Answer['body']) => [
        group,
        status,
      ]);
    expect(await groupsOf()).toEqual([
      ['acknowledgment-date-required', 'satisfied'],
      ['reply-contact', 'satisfied'],
    ]);
    const twoDoses = answering({
      label_dosing: { valueBoolean: false },
      dose_mg_per_kg: { valueDecimal: 5 },
      dose_total_mg: { valueInteger: 300 },
      dosing_schedule: { valueString: 'Every 3 weeks' },
      dosing_rationale: { valueString: 'Weight.' },
    });
    succeed(await patchCase(client, id, twoDoses));
    expect(await groupsOf()).toContainEqual(['one-dose-statement', 'violated']);
    const { validationIssues } = await preview(client, id);
    expect(validationIssues[0]).toMatchObject({ code: 'group_violated', ruleType: 'group', blocking: true });
    expect(validationIssues[0].relatedKeys).toEqual([
      'questionnaire.dose_mg_per_kg',
      'questionnaire.dose_total_mg',
    ]);
  });

  test('of case data outside the questionnaire may make a question and a document required', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client, { ready: true });
    const [prescriber] = adakveoCase.providers;
    succeed(await patchCase(client, id, { providers: [{ ...prescriber, specialty: 'cardiologist' }] }));
    const { questionStates, supportingDocumentRequests, submittable } = await preview(client, id);
    expect(submittable).toBe(false);
    expect(questionStates).toContainEqual({
      key: 'questionnaire.hematologist_consulted',
      linkId: 'hematologist_consulted',
      enabled: true,
      required: true,
      answered: false,
      blocking: true,
    });
    expect(supportingDocumentRequests).toMatchObject([
      { status: 'recommended' },
      { requiredMode: 'conditional', status: 'missing' },
    ]);
  });

  test('of required documents turns from missing to satisfied with the attachment', async () => {
    const client = await server().newOrganization();
    const { id } = succeed(await client.call('POST', authorizationsPath, await homeOxygenCase()));
    const statusesOf = async () =>
      (await preview(client, id)).supportingDocumentRequests.map(({ status }: Answer['body']) => status);
    expect(await statusesOf()).toEqual(['missing', 'missing']);
    const fileId = await uploadFile(client);
    for (const document of homeOxygenDocuments) succeed(await attach(client, id, { fileId, ...document }));
    expect(await statusesOf()).toEqual(['satisfied', 'satisfied']);
    expect(await preview(client, id)).toMatchObject({ submittable: true, workflowState: 'ready_to_submit' });
  });
});

describe('the documents of a preview', { timeout: 60_000 }, () => {
  test('are PDF files of the stated size, hash and pages, and say what the case says', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client, { ready: true });
    const fileId = await uploadFile(client, { bytes: await samplePdf(3) });
    succeed(await attach(client, id, { fileId, label: 'Recent clinical note' }));
    const { filledForm, draftPacket } = (await preview(client, id)).documents;
    const texts = [];
    for (const document of [filledForm, draftPacket]) {
      const bytes = await download(client, document.downloadUrl);
      const pages = pageTexts(bytes);
      expect(bytes.length).toBe(document.sizeBytes);
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(document.sha256);
      expect(pages).toHaveLength(document.pageCount);
      texts.push(pages);
    }
    const [form = [], packet = []] = texts;
    // Cover sheet, the form, the three pages of the note.
    expect(packet).toHaveLength(1 + form.length + 3);
    for (const page of [...form, ...packet]) expect(page).toMatch(/DRAFT, NOT SUBMITTED.*SANDBOX/);
    for (const fact of ['Jane Doe', 'W123456789', 'D57.00', 'Ajay Patel', 'HbSS', '64.5 kg', id]) {
      expect(form.join(' ')).toContain(fact);
    }
    expect(packet[0]).toContain('Sent to +15555550142');
    expect(packet.at(-3)).toContain('Clinical note, page 1');
    expect(packet.at(-1)).toContain('Clinical note, page 3');
    expect(packet.at(-1)).toContain('Attachment 1 of 1: Recent clinical note');
  });

  test('are made of a draft with nothing answered as well', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client);
    const { submittable, documents } = await preview(client, id);
    expect(submittable).toBe(false);
    expect(pageTexts(await download(client, documents.draftPacket.downloadUrl)).join(' ')).toContain(
      'Jane Doe',
    );
  });

  test('of an unchanged case are not made again', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client, { ready: true });
    const first = await preview(client, id);
    server().clock.advance(60_000);
    const second = await preview(client, id);
    const factsOf = ({ sha256, generatedAt }: Answer['body']) => ({ sha256, generatedAt });
    for (const name of ['filledForm', 'draftPacket']) {
      expect(factsOf(second.documents[name])).toEqual(factsOf(first.documents[name]));
      expect(await download(client, second.documents[name].downloadUrl)).toHaveLength(
        second.documents[name].sizeBytes,
      );
    }
    expect(await previewedEvents(client, id)).toEqual([
      { workflowState: 'ready_to_submit', submittable: true, version: 1 },
    ]);
  });

  test.each([
    { what: 'case data', change: { patient: { firstName: 'Joan' } }, shown: 'Joan Doe' },
    {
      what: 'an answer',
      change: answering({ body_weight: { valueQuantity: { value: 77.5, unit: 'kg' } } }),
      shown: '77.5 kg',
    },
  ])('are made again after a change of $what', async ({ change, shown }) => {
    const client = await server().newOrganization();
    const { id } = await createCase(client, { ready: true });
    const before = await preview(client, id);
    server().clock.advance(60_000);
    succeed(await patchCase(client, id, change));
    const { documents } = await preview(client, id);
    expect(documents.filledForm.sha256).not.toBe(before.documents.filledForm.sha256);
    expect(documents.filledForm.generatedAt).toBe(server().clock.now().toISOString());
    expect(pageTexts(await download(client, documents.filledForm.downloadUrl)).join(' ')).toContain(shown);
    expect(await previewedEvents(client, id)).toMatchObject([{ version: 1 }, { version: 2 }]);
  });

  test('are made again after an attachment came or went', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client, { ready: true });
    const pagesOf = async () => (await preview(client, id)).documents.draftPacket.pageCount;
    const without = await pagesOf();
    const { id: attachmentId } = succeed(
      await attach(client, id, { fileId: await uploadFile(client), label: 'Note' }),
    );
    expect(await pagesOf()).toBe(without + 1);
    await client.call('DELETE', `${authorizationsPath}/${id}/attachments/${attachmentId}`);
    expect(await pagesOf()).toBe(without);
  });

  test('are made again when housekeeping has removed them', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client, { ready: true });
    const first = await preview(client, id);
    server().clock.advance(25 * 3_600_000);
    await server().app.jobs.sweep();
    const second = await preview(client, id);
    expect(second.documents.filledForm.generatedAt).toBe(server().clock.now().toISOString());
    expect(second.documents.filledForm.downloadUrl.split('?')[0]).not.toBe(
      first.documents.filledForm.downloadUrl.split('?')[0],
    );
    expect(await download(client, second.documents.filledForm.downloadUrl)).toHaveLength(
      second.documents.filledForm.sizeBytes,
    );
  });

  test('are no artifacts, and another organization cannot have them', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client, { ready: true });
    const { documents } = await preview(client, id);
    expect((await readCase(client, id)).artifacts).toEqual([]);
    const stranger = await server().newOrganization();
    const answer = await stranger.send(documents.draftPacket.downloadUrl, { method: 'GET' });
    expect(answer.status).toBeGreaterThanOrEqual(403);
    expect(answer.status).toBeLessThan(405);
  });

  test('asked for several times at once are the same ones', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client, { ready: true });
    const previews = await Promise.all([preview(client, id), preview(client, id), preview(client, id)]);
    expect(new Set(previews.map(({ documents }) => documents.draftPacket.sha256)).size).toBe(1);
    for (const { documents } of previews) {
      expect(await download(client, documents.draftPacket.downloadUrl)).toHaveLength(
        documents.draftPacket.sizeBytes,
      );
    }
  });

  test('carry a new number and no draft mark once they are submitted', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client, { ready: true });
    succeed(await submitCase(client, id));
    const { artifacts } = await readCase(client, id);
    const packet = artifacts.find(({ kind }) => kind === 'submission_packet');
    const pages = pageTexts(await download(client, packet.downloadUrl));
    expect(pages).toHaveLength(packet.metadata.pages);
    expect(pages.join(' ')).not.toContain('DRAFT');
    expect(pages[0]).toContain('Submission 1');
  });
});

describe('an attachment that cannot be read', { timeout: 60_000 }, () => {
  test.each([
    { what: 'encrypted', bytes: encryptedPdf, words: 'protected by a password' },
    { what: 'damaged', bytes: async () => damagedPdf(), words: 'damaged' },
  ])(
    'because it is $what is named, blocks the submit, and is mended by removing it',
    async ({ bytes, words }) => {
      const client = await server().newOrganization();
      const { id } = await createCase(client, { ready: true });
      const fileId = await uploadFile(client, { bytes: await bytes(), fileName: 'locked-report.pdf' });
      const attachment = succeed(await attach(client, id, { fileId, label: 'Laboratory report' }));

      const { authorization } = await readCase(client, id);
      expect(authorization.workflowState).toBe('action_required');
      const field = `attachments.${attachment.id}`;
      expect(authorization.actions).toMatchObject([
        { type: 'validation_issue', status: 'open', code: 'attachment_unreadable', field },
      ]);
      const { submittable, workflowState, validationIssues, documents } = await preview(client, id);
      expect({ submittable, workflowState }).toEqual({
        submittable: false,
        workflowState: 'action_required',
      });
      const [issue] = validationIssues.filter(({ code }: Answer['body']) => code === 'attachment_unreadable');
      expect(issue).toMatchObject({ field, severity: 'error', blocking: true, ruleType: 'document' });
      for (const named of ['Laboratory report', 'locked-report.pdf', words])
        expect(issue.message).toContain(named);
      expect(await download(client, documents.draftPacket.downloadUrl)).toHaveLength(
        documents.draftPacket.sizeBytes,
      );
      expect((await submitCase(client, id)).body.code).toBe('authorization_not_submittable');

      expect(
        (await client.call('DELETE', `${authorizationsPath}/${id}/attachments/${attachment.id}`)).status,
      ).toBe(204);
      expect((await readCase(client, id)).authorization).toMatchObject({
        workflowState: 'ready_to_submit',
        actions: [],
      });
      expect(succeed(await submitCase(client, id)).workflowState).toBe('pending_payer');
    },
  );

  test('does not stand in for a required document', async () => {
    const client = await server().newOrganization();
    const { id } = succeed(await client.call('POST', authorizationsPath, await homeOxygenCase()));
    const fileId = await uploadFile(client, { bytes: damagedPdf() });
    for (const document of homeOxygenDocuments) succeed(await attach(client, id, { fileId, ...document }));
    const { supportingDocumentRequests } = await preview(client, id);
    expect(supportingDocumentRequests.map(({ status }: Answer['body']) => status)).toEqual([
      'missing',
      'missing',
    ]);
  });

  test('though it was readable when it was uploaded is found by the preview, which opens an action for it', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client, { ready: true });
    const fileId = await uploadFile(client, { fileName: 'report.pdf' });
    const attachment = succeed(await attach(client, id, { fileId, label: 'Report' }));
    await replaceStoredBytes(server(), client, fileId, damagedPdf());

    const { submittable, validationIssues } = await preview(client, id);
    expect(submittable).toBe(false);
    expect(validationIssues[0]).toMatchObject({
      code: 'attachment_unreadable',
      field: `attachments.${attachment.id}`,
    });
    expect((await readCase(client, id)).authorization).toMatchObject({
      workflowState: 'action_required',
      actions: [{ status: 'open', code: 'attachment_unreadable' }],
    });
    expect((await submitCase(client, id)).body.code).toBe('authorization_not_submittable');
  });
});

describe('a preview', () => {
  test('changes neither version nor state, and says which version it shows', async () => {
    const client = await server().newOrganization();
    const { id } = await createCase(client, { ready: true });
    const before = succeed(await patchCase(client, id, { siteOfCare: 'Home' }));
    expect(await preview(client, id)).toMatchObject({ submittable: true, workflowState: 'ready_to_submit' });
    expect((await readCase(client, id)).authorization).toEqual(before);
    expect(await previewedEvents(client, id)).toMatchObject([{ version: 2 }]);
  });

  test('calls nothing submittable that waits for an answer to the payer', async () => {
    const client = await server().newOrganization();
    const asked = await createCaseInState(client, 'action_required');
    expect(await preview(client, asked.id)).toMatchObject({
      submittable: false,
      workflowState: 'action_required',
    });
    expect(await previewedEvents(client, asked.id)).toMatchObject([{ submittable: false }]);
    const [{ id: actionId }] = asked.actions;
    succeed(await client.call('POST', `${authorizationsPath}/${asked.id}/actions/${actionId}/resolve`));
    expect(await preview(client, asked.id)).toMatchObject({
      submittable: true,
      workflowState: 'ready_to_submit',
    });
  });
});
