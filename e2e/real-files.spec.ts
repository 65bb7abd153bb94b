/** A physicist drops real files, trains two models for real, drags the threshold, and recounts the confusion matrix. */
import { downloaded, dropAndTrain, expectSameAucs, exploreAndRecount, type Results, runStudyFile } from './analysis.ts';
import { hasSharedData, open, sharedData, test } from './support.ts';

test.describe('real files (need ../shared/data)', () => {
  test.skip(!hasSharedData, 'no ../shared/data on this machine');

  test('train a dense autoencoder and PCA, move the threshold, recount', async ({ page }) => {
    await open(page, '?backend=wasm');
    await dropAndTrain(page, { epochs: 5 });
    await exploreAndRecount(page);

    // the study runner repeats the page's numbers
    await page.getByRole('button', { name: 'Share', exact: true }).click();
    const study = await downloaded(page, 'Download the study');
    const fromPage = JSON.parse(await downloaded(page, 'Download the results')) as Results;
    const fromRunner = runStudyFile(study, sharedData('adc-like-derived'));
    expectSameAucs(fromPage, fromRunner);
  });
});
