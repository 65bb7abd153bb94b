/** The part of the engine that needs TF.js, in one lazily loaded piece. */
export { startBackend } from '../compute/backend.ts';
export { breathe } from '../compute/breathe.ts';
export { flaggedJson } from '../exporting/flagged.ts';
export { scoresCsv } from '../exporting/scores.ts';
export { findModel, models } from '../models/registry.ts';
export { scores, scoresFor } from '../scores/registry.ts';
export { binSpreadOf } from '../study/bin-spread.ts';
export { curveOf, resultsOf, scoredOf, scoreViewOf } from '../study/evaluate.ts';
export { imageClassesOf, rankedEventsOf, traversedOf } from '../study/image-look.ts';
export { leakageOf } from '../study/leakage.ts';
export { labelsOf, loadFilesData, loadSampleData } from '../study/load.ts';
export { eventsOf, eventViewOf, latentViewOf } from '../study/look.ts';
export { batchFor, inputFor, prepare, scalingOf } from '../study/prepare.ts';
export { previewFile } from '../study/preview.ts';
export { environmentOf } from '../study/run.ts';
export { rebuilt, resolveParams, runModel } from '../study/run-model.ts';
export { trendOf, usualOf, walkOf } from '../study/trend.ts';
export { placesFor } from '../training/ensemble.ts';
