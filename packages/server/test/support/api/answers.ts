/** A PATCH body that gives answers by linkId; null clears one, a list gives several. */
export function answering(answers: Readonly<Record<string, object | readonly object[] | null>>) {
  return {
    questionnaireResponse: {
      item: Object.entries(answers).map(([linkId, value]) => ({
        linkId,
        answer: value === null ? [] : Array.isArray(value) ? value : [value],
      })),
    },
  };
}

export function coded(code: string) {
  return { valueCoding: { code } };
}
