/** Files before they are loaded: they are listed, looked into, and each is given its choices. */
import { asProblem } from '../base/problem.ts';
import type { FileChoice, FileReport } from '../worker/api.ts';
import { choiceFor, inNaturalOrder, isData, layoutOf, withChange } from './files.ts';
import type { Means } from './means.ts';
import type { Run } from './run.ts';
import type { Actions, Engine } from './store.ts';

export interface DroppedFiles {
  actions: Pick<Actions, 'addFiles' | 'addUrl' | 'removeFile' | 'chooseFile' | 'chooseAlike' | 'setFilesOptions' | 'lookInto'>;
  /** Data have been loaded: an answer to a look that was asked for before would open over them. */
  forgetLook(): void;
}

/** @param openStudy a study file was dropped, with files of data or without */
export function createDroppedFiles(
  engine: Engine,
  { get, setRun, setSession, attempt }: Means,
  openStudy: (report: FileReport, withFiles: boolean) => Promise<void>,
): DroppedFiles {
  let lookTicket = 0;

  /** Asks the engine about files, whose names are on show meanwhile: while it starts, that can take seconds. */
  const inspected = async <T>(where: string, names: readonly string[], step: () => Promise<T>): Promise<T | null> => {
    setRun({ inspecting: [...get().run.inspecting, ...names] });
    const answer = await attempt(where, step);
    const left = [...get().run.inspecting];
    for (const name of names) left.splice(left.indexOf(name), 1);
    setRun({ inspecting: left });
    return answer;
  };

  /** Reports become files with choices: those of a link or of an earlier load, else what the recogniser guesses. */
  const received = (reports: readonly FileReport[]): void => {
    const known = get().run.files;
    const { data } = get().session;
    const remembered = data && 'files' in data ? data : null;
    const added: { report: FileReport; choice: FileChoice }[] = [];
    for (const r of reports) {
      const first = ![...known, ...added].some((f) => isData(f.report) && f.choice.role === 'background');
      const choice = choiceFor(r, first);
      const earlier = remembered?.files.find((f) => f.name === (r.url ?? r.name));
      const role = earlier?.role as FileChoice['role'] | undefined;
      added.push({
        report: r,
        choice: { ...choice, ...(earlier && role ? { role, name: earlier.className } : {}), ...earlier?.choice },
      });
    }
    setRun({
      files: [...known, ...added],
      filesOptions: {
        ...(known.length === 0 ? remembered?.options : {}),
        ...withLists(get().run.filesOptions, reports),
      },
    });
    setSession({ workspace: 'data' });
  };

  return {
    actions: {
      addFiles: async (files, paths) => {
        const names = files.map(({ name }) => name);
        const found = await inspected('dropped files', names, () => engine.inspect(files, paths));
        const reports = found && inNaturalOrder(found);
        if (!reports) return;
        const [study, ...others] = reports.filter((report) => report.study);
        const data = reports.filter((report) => !report.study);
        for (const { file } of others) void engine.forget(file);
        if (study) await openStudy(study, data.length > 0);
        if (data.length > 0) received(data);
      },
      addUrl: async (url) => {
        const found = await inspected('the address', [url.trim()], () => engine.inspectUrl(url));
        if (found) received([found]);
        return found !== null;
      },
      removeFile: (file) => {
        const { files, filesOptions, look } = get().run;
        setRun({
          files: files.filter((f) => f.report.file !== file),
          filesOptions: withoutFile(filesOptions, file),
          look: look?.file === file ? null : look,
        });
        void attempt('files', () => engine.forget(file));
      },
      chooseFile: (file, change) =>
        setRun({
          files: get().run.files.map((f) => (f.report.file === file ? { ...f, choice: withChange(f, change) } : f)),
        }),
      chooseAlike: (file, change) => {
        const { files } = get().run;
        const model = files.find((f) => f.report.file === file);
        if (!model) return;
        const alike = (f: typeof model): boolean => layoutOf(f) === layoutOf(model);
        setRun({ files: files.map((f) => (alike(f) ? { ...f, choice: withChange(f, change) } : f)) });
      },
      setFilesOptions: (change) => {
        const next = { ...get().run.filesOptions, ...change };
        for (const key of Object.keys(next) as (keyof typeof next)[]) if (!next[key]) delete next[key];
        setRun({ filesOptions: next as Run['filesOptions'] });
      },
      lookInto: async (file) => {
        const ticket = ++lookTicket;
        const found = get().run.files.find((f) => f.report.file === file);
        if (file === null || !found) {
          setRun({ look: null });
          return;
        }
        const before = get().run.look;
        setRun({ look: { file, preview: before?.file === file ? before.preview : null, problem: null, busy: true } });
        try {
          const preview = await engine.previewFile(found.choice, get().run.filesOptions);
          if (ticket === lookTicket) setRun({ look: { file, preview, problem: null, busy: false } });
        } catch (error) {
          if (ticket === lookTicket)
            setRun({ look: { file, preview: null, problem: asProblem(error, found.report.name), busy: false } });
        }
      },
    },
    forgetLook() {
      lookTicket += 1;
    },
  };
}

/** A list whose name says what it means is taken at once; the page shows it and can take it back. */
function withLists(options: Run['filesOptions'], reports: readonly FileReport[]): Run['filesOptions'] {
  const lists = reports.flatMap(({ file, list }) => (list?.meaning ? [{ file, lists: list.meaning }] : []));
  // beside a list that judges, one of lumisections with the detector on says which of them are looked at
  const judge = options.judgedBy ?? lists.find((list) => list.lists !== 'detector-on') ?? lists[0];
  const mask = lists.find((list) => list.lists === 'detector-on' && list.file !== judge?.file);
  return {
    ...options,
    ...(judge ? { judgedBy: judge } : {}),
    ...(mask && !options.keptBy ? { keptBy: mask } : {}),
  };
}

function withoutFile({ judgedBy, keptBy, trainedBy, ...others }: Run['filesOptions'], file: number): Run['filesOptions'] {
  return {
    ...others,
    ...(judgedBy && judgedBy.file !== file ? { judgedBy } : {}),
    ...(keptBy && keptBy.file !== file ? { keptBy } : {}),
    ...(trainedBy && !('file' in trainedBy && trainedBy.file === file) ? { trainedBy } : {}),
  };
}
