/** What is happening now, and what came out: answers of the worker. Nothing here needs saving; it can all be made again. */
import type { ProblemDetails } from '../base/problem.ts';
import type { TrainingProgress } from '../training/contract.ts';
import type {
  BinSpread,
  Cell,
  ColumnSummary,
  ComputeReport,
  Correlation,
  DataSummary,
  Duplicates,
  EventRow,
  EventView,
  FileChoice,
  FilePreview,
  FileReport,
  FilesOptions,
  KeptReport,
  LatentView,
  ModelPreview,
  ModelSpec,
  RunRequest,
  RunSummary,
  SampleSpec,
  ScoreSpec,
  ScoreView,
  ShelfPicture,
  StepSpec,
  Trend,
  Usual,
  Walk,
} from '../worker/api.ts';

export interface Run {
  compute: ComputeReport | null;
  shelf: readonly SampleSpec[];
  pictures: Readonly<Record<string, ShelfPicture>>;
  models: readonly ModelSpec[];
  scores: readonly ScoreSpec[];

  /** Names of files that are being looked at, and are not yet among `files`. */
  inspecting: readonly string[];
  /** Files that were dropped, and what the user made of them. */
  files: readonly { report: FileReport; choice: FileChoice }[];
  /** What holds for all of them together: a cut, names of classes, certification lists. */
  filesOptions: FilesOptions;
  /** The file that is looked into before it is loaded; null if none is. */
  look: { file: number; preview: FilePreview | null; problem: ProblemDetails | null; busy: boolean } | null;
  /** Loading, with its share done; null when idle. */
  loading: { done: number; message: string; bytes?: { done: number; total: number } } | null;
  data: DataSummary | null;
  columns: readonly ColumnSummary[];
  /** Steps that a preprocessing list may hold, for the loaded data. */
  steps: readonly StepSpec[];
  /** Facts that take a while and are asked for: null before, a number from 0 to 1 while they are worked out. */
  correlation: Correlation | number | null;
  duplicates: Duplicates | number | null;

  preview: ModelPreview | null;
  /** Requests that wait, first in front. */
  queue: readonly RunRequest[];
  /** Why the queue waits for a word before it goes on: the page was `closed`, or the user `paused`; null while it does not wait. */
  held: 'closed' | 'paused' | null;
  /** What trains now: `request` is the one whose loss is shown, `beside` all that were started together and are not done. */
  training: {
    request: RunRequest;
    progress: TrainingProgress | null;
    paused: boolean;
    beside: readonly { request: RunRequest; progress: TrainingProgress | null }[];
  } | null;
  /** Finished runs in the order in which they were asked for, whichever of them ended first. */
  runs: readonly RunSummary[];

  /** For the run and score of `session.view`; null while they are being fetched. */
  scoreView: ScoreView | null;
  latent: LatentView | null;
  /** The present threshold, flagged if score >= threshold; NaN before there is a ranking. */
  threshold: number;
  /** How the threshold was chosen, in words. */
  thresholdWords: string;
  /** Why the threshold rule could not be met, if so. */
  thresholdProblem: string | null;
  /** The clicked confusion cell and its events. */
  cell: { cell: Cell; total: number; rows: readonly EventRow[]; threshold: number } | null;
  event: EventView | null;
  /** How the event on show came there: somebody chose it, or nobody did and it has the highest score; `closed` stays closed. */
  opened: 'chosen' | 'highest' | 'closed' | null;
  /** Scores by run and lumisection; null while being fetched, and for data that do not have both. */
  trend: (Trend & { usual: Usual }) | null;
  /** Bins of good and bad histograms in the loaded data; null while being fetched, and for other kinds. */
  binSpread: BinSpread | null;
  /** The run of the lumisection on show. */
  walk: Walk | null;
  /** ROC points for Compare, thinned, by `${run}/${score}/${signal name}`; from (0, 0) to (1, 1). */
  curves: Readonly<Record<string, { fpr: Float64Array; tpr: Float64Array }>>;

  /** What is kept on this machine; null until it is known. */
  kept: KeptReport | null;

  /** Problems to show, newest first; each stays until it is dismissed. */
  problems: readonly { id: number; problem: ProblemDetails }[];
}

export const initialRun: Run = {
  compute: null,
  shelf: [],
  pictures: {},
  models: [],
  scores: [],
  inspecting: [],
  files: [],
  filesOptions: {},
  look: null,
  loading: null,
  data: null,
  columns: [],
  steps: [],
  correlation: null,
  duplicates: null,
  preview: null,
  queue: [],
  held: null,
  training: null,
  runs: [],
  scoreView: null,
  latent: null,
  threshold: Number.NaN,
  thresholdWords: '',
  thresholdProblem: null,
  cell: null,
  event: null,
  opened: null,
  trend: null,
  binSpread: null,
  walk: null,
  curves: {},
  kept: null,
  problems: [],
};

/** Something trains, or the next training is about to begin. */
export function trains({ training, queue, held }: Pick<Run, 'training' | 'queue' | 'held'>): boolean {
  return training !== null || (queue.length > 0 && held === null);
}
