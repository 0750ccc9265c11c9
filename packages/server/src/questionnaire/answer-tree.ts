import type { CompiledItem, CompiledQuestionnaire, Scope } from './compiled-questionnaire.ts';
import type { AnswerValue, ResponseAnswer, ResponseItem } from './types.ts';

/**
 * The answers of one scope instance. All lists run parallel to `scope.items`: `answers` is filled at questions,
 * `instances` at openers. Below a repeating question `instances[n]` belongs to `answers[n]`.
 */
export interface Frame {
  readonly scope: Scope;
  parent: Frame | undefined;
  /** Its place among the instances it came with; the n of `path`. */
  readonly ordinal: number;
  /** Empty at the root, else ending in a dot: `medications[0].`. */
  readonly path: string;
  readonly answers: (readonly AnswerValue[] | undefined)[];
  readonly instances: (Frame[] | undefined)[];
  /** Which items an input mentioned, even without an answer. */
  readonly mentioned: (boolean | undefined)[];
  /** Filled by `computeEnablement`. */
  readonly enabled: boolean[];
}

/** A tree of frames with the frames of each scope also at hand as a list. */
export interface AnswerTree {
  readonly root: Frame;
  readonly framesByScope: readonly Frame[][];
}

export function createTree(questionnaire: CompiledQuestionnaire): AnswerTree {
  const [rootScope] = questionnaire.scopes;
  // Every compiled questionnaire has its root scope.
  const root = createFrame(rootScope as Scope, undefined, 0, '');
  return { root, framesByScope: questionnaire.scopes.map((_, index) => (index === 0 ? [root] : [])) };
}

/** A new, empty instance below `parent`; it is listed, but not yet placed among the opener's instances. */
export function addFrame(tree: AnswerTree, scope: Scope, parent: Frame, ordinal: number): Frame {
  const path = `${parent.path}${scope.opener?.linkId ?? ''}[${ordinal}].`;
  const frame = createFrame(scope, parent, ordinal, path);
  tree.framesByScope[scope.index]?.push(frame);
  return frame;
}

function createFrame(scope: Scope, parent: Frame | undefined, ordinal: number, path: string): Frame {
  const size = scope.items.length;
  return {
    scope,
    parent,
    ordinal,
    path,
    answers: new Array(size),
    instances: new Array(size),
    mentioned: new Array(size),
    enabled: new Array(size),
  };
}

/** Answers of a question in this instance; none is an empty list. */
export function answersIn(frame: Frame, item: CompiledItem): readonly AnswerValue[] {
  return frame.answers[item.position] ?? [];
}

export function instancesIn(frame: Frame, item: CompiledItem): readonly Frame[] {
  return frame.instances[item.position] ?? [];
}

/** The tree that hangs below a root put together by hand. */
export function listFrames(questionnaire: CompiledQuestionnaire, root: Frame): AnswerTree {
  const framesByScope: Frame[][] = questionnaire.scopes.map(() => []);
  const list = (frame: Frame): void => {
    framesByScope[frame.scope.index]?.push(frame);
    for (const instances of frame.instances) instances?.forEach(list);
  };
  list(root);
  return { root, framesByScope };
}

/** Takes out instances of repeating groups that hold no answer. True when something is left in the frame itself. */
export function dropEmptyInstances(frame: Frame): boolean {
  let answered = frame.answers.some((answers) => answers !== undefined && answers.length > 0);
  for (const { kind, position } of frame.scope.items) {
    const instances = frame.instances[position];
    if (instances === undefined) continue;
    const kept = instances.filter(dropEmptyInstances);
    if (kept.length > 0) answered = true;
    // Below a question each instance belongs to an answer, whether or not it holds anything.
    if (kind === 'group') frame.instances[position] = kept;
  }
  return answered;
}

/** The canonical list: in questionnaire order, without empty entries and without instances that hold no answer. */
export function toResponseItems(frame: Frame): readonly ResponseItem[] {
  const items: ResponseItem[] = [];
  for (const item of frame.scope.items) {
    const { linkId, kind, position } = item;
    if (kind === 'question') {
      const answers = frame.answers[position];
      if (answers !== undefined && answers.length > 0) {
        items.push({ linkId, answer: withChildren(answers, frame.instances[position]) });
      }
      continue;
    }
    for (const instance of frame.instances[position] ?? []) {
      const item = toResponseItems(instance);
      if (item.length > 0) items.push({ linkId, item });
    }
  }
  return items;
}

function withChildren(
  answers: readonly AnswerValue[],
  instances: readonly Frame[] | undefined,
): readonly ResponseAnswer[] {
  if (instances === undefined) return answers;
  return answers.map((answer, index) => {
    const instance = instances[index];
    const item = instance === undefined ? [] : toResponseItems(instance);
    return item.length === 0 ? answer : { ...answer, item };
  });
}
