/**
 * The one store: choices (`session`), answers (`run`) and the actions that turn one into the other by asking the engine.
 * Views read it with selectors and call actions; they never see the worker.
 */
import type { Remote } from 'comlink';
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { BackendName, DeviceRows } from '../base/kinds.ts';
import type { Params } from '../base/params.ts';
import type { StudySplit } from '../study/schema.ts';
import type {
  Cell,
  CopiesQuery,
  EngineApi,
  EventCopies,
  FileChoice,
  FilesOptions,
  FlaggedList,
  ImageClasses,
  LeakKind,
  LeakResult,
  Price,
  RankedEvent,
  RankedPlace,
  ReportParts,
  StudyLumisections,
  StudyStep,
  Traversed,
} from '../worker/api.ts';
import { initialRun, type Run } from './run.ts';
import { initialSession, type Session, type ThresholdChoice, type Workspace } from './session.ts';
import type { SweepPlan } from './sweeps.ts';

/** Choices for a file that change; `undefined` takes a choice back. */
export type FileChange = { [K in keyof Omit<FileChoice, 'file'>]?: FileChoice[K] | undefined };

export interface Actions {
  /** Starts the engine, reads the link, fetches the shelf. */
  begin(): Promise<void>;
  go(workspace: Workspace): void;
  setTheme(theme: Session['theme']): void;
  /** For trainings that are asked for from now on. */
  setDeviceRows(choice: DeviceRows): void;
  setBackend(choice: BackendName | 'auto'): Promise<void>;

  /**
   * Data files and certification lists are listed; a study file is run: on its sample at once, on files when they are loaded.
   *
   * @param paths where each lay, if folders are known
   */
  addFiles(files: readonly File[], paths?: readonly string[]): Promise<void>;
  /** Opens a file behind an address; true if it could be opened. */
  addUrl(url: string): Promise<boolean>;
  removeFile(file: number): void;
  /** An empty text, or `undefined`, takes that choice back. */
  chooseFile(file: number, change: FileChange): void;
  /** The same choice for all dropped files that the layout of `file` can read. */
  chooseAlike(file: number, change: FileChange): void;
  setFilesOptions(change: { [K in keyof FilesOptions]?: FilesOptions[K] | undefined }): void;
  /** Opens (or refreshes) the look into a file; null closes it. */
  lookInto(file: number | null): Promise<void>;
  loadFiles(): Promise<void>;
  loadSample(sample: string, events: number, seed: number, params: Params): Promise<void>;
  /** Ends the load that is under way; what was loaded before stays. Nothing happens if nothing is being loaded. */
  cancelLoad(): void;
  /** Gives the loaded data, and all that was made from them, back. */
  closeData(): Promise<void>;
  /** Takes other preprocessing steps; models that can use them are set to do so. */
  setPreprocessing(steps: readonly StudyStep[]): Promise<void>;
  /** Takes lumisections together, or what counts as no data, in another way. */
  setLumisections(choice: StudyLumisections): Promise<void>;
  fetchCorrelation(): Promise<void>;
  fetchDuplicates(): Promise<void>;
  /** Calls a class of the loaded data otherwise, everywhere and in the study; nothing is computed again. */
  renameClass(from: string, to: string): Promise<boolean>;
  /** Divides the loaded rows anew (or says how the next dataset will be divided). */
  setSplit(split: StudySplit): Promise<void>;
  /** Loads a sample, trains the suggested model and the baselines, and opens Explore: one click from nothing to a moving threshold. */
  quickStart(sample: string): Promise<void>;

  selectModel(model: string): void;
  selectPreset(preset: string): void;
  setParam(name: string, value: Params[string]): void;
  setSeeds(seeds: readonly number[]): void;
  setEpochs(epochs: number | null): void;
  /** Queues the draft, one request per seed, and (once per dataset) the baselines. */
  trainDraft(): Promise<void>;
  /** At once, in the middle of a run; a reload goes on from there. */
  pause(): void;
  /** When what trains now is done, the rest waits. */
  pauseQueue(): void;
  resume(): void;
  stop(): void;
  /** Takes a waiting request out of the queue. */
  unqueue(id: string): void;
  removeRun(id: string): void;
  /** Takes everything that waits out of the queue. */
  discardWaiting(): void;
  /** Queues the trainings of a sweep or study that were not asked for before; a sweep opens Compare. */
  startSweep(plan: SweepPlan): void;
  /** Takes out what of it waits, and ends what of it trains. */
  stopSweep(id: string): void;
  /** Forgets the sweep, not its runs. */
  removeSweep(id: string): void;

  /** Comes back to an analysis whose runs are kept on this machine; its files must be dropped again. */
  openKept(id: string): Promise<void>;
  /** Removes kept runs of these analyses, or of all. What is on the screen stays. */
  forgetKept(analyses?: readonly string[]): Promise<void>;

  selectRun(run: string): Promise<void>;
  selectScore(score: string): Promise<void>;
  selectSignal(signal: number): void;
  setThreshold(choice: ThresholdChoice): void;
  /** Moves by whole distinct scores: +1 is the next higher score in the test ranking. */
  stepThreshold(steps: number): void;
  openCell(cell: Cell): Promise<void>;
  closeCell(): void;
  openEvent(row: number): Promise<void>;
  closeEvent(): void;
  /** Answers for the views of images; null if they could not be had, and then the problem is shown. */
  imageClasses(): Promise<ImageClasses | null>;
  /** What the augmentations of a model make of an event; null with a problem on show if that cannot be. */
  copies(query: CopiesQuery): Promise<EventCopies | null>;
  /** For the run, score and threshold that Explore shows. */
  ranked(place: RankedPlace): Promise<readonly RankedEvent[] | null>;
  /** Of the run and score that Explore shows. */
  price(): Promise<Price | null>;
  leakage(kind: LeakKind): Promise<LeakResult | null>;
  traverse(row: number, at: readonly number[]): Promise<Traversed | null>;
  /** Opens the first scored test lumisection of a run, from which one walks on. */
  replay(run: number): Promise<void>;
  /** Fills `run.curves` for keys `${run}/${score}/${signal name}` that are not there yet. */
  fetchCurves(keys: readonly string[]): Promise<void>;

  copyLink(): Promise<string>;
  studyFile(): Promise<string>;
  resultsFile(): Promise<string>;
  /** Test scores of the run and score that Explore shows, as CSV. */
  scoresFile(): Promise<Blob | null>;
  /** Certification JSON of what the present threshold flags, or of the good lumisections without it. */
  flaggedFile(list: FlaggedList): Promise<string | null>;
  /** The shift report of what Explore shows, with figures that the page has drawn. */
  reportFile(figures: ReportParts['figures']): Promise<string | null>;
  dismiss(problem: number): void;
}

export interface Store {
  session: Session;
  run: Run;
  actions: Actions;
}

/** The engine as the page holds it: a comlink proxy, or the plain object in tests. */
export type Engine = EngineApi | Remote<EngineApi>;

export type OffshellStore = StoreApi<Store>;

export function createOffshellStore(actions: (set: StoreApi<Store>['setState'], get: () => Store) => Actions): OffshellStore {
  return createStore<Store>()((set, get) => ({ session: initialSession, run: initialRun, actions: actions(set, get) }));
}
