/** From the URL to a moving threshold without a mouse. */
import { expect, open, test } from './support.ts';

test('a keyboard is enough', async ({ page }) => {
  await open(page, '?backend=wasm');
  const start = page.getByRole('article', { name: /Collider events/ }).getByRole('button', { name: 'Start', exact: true });
  await expect(start).toBeVisible();
  for (let i = 0; i < 40 && !(await start.evaluate((button) => button === document.activeElement)); i++)
    await page.keyboard.press('Tab');
  await expect(start).toBeFocused();
  await page.keyboard.press('Enter');
  const slider = page.getByRole('slider', { name: 'Threshold' });
  await expect(slider).toBeVisible({ timeout: 120_000 });

  await page.keyboard.press('Alt+1');
  await expect(page.getByRole('tab', { name: 'Data' })).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Alt+3');
  for (let i = 0; i < 80 && !(await slider.evaluate((handle) => handle === document.activeElement)); i++)
    await page.keyboard.press('Tab');
  await expect(slider).toBeFocused();
  const value = async (): Promise<number> => Number(await slider.getAttribute('aria-valuenow'));
  const before = await value();
  await page.keyboard.press('Shift+ArrowRight');
  await expect.poll(value).toBeGreaterThan(before);
  await page.keyboard.press('Home');
  await expect.poll(value).toBeLessThan(before);
});
