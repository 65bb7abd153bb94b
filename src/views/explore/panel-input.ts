import type { ThemeName } from '../../plots/contract.ts';
import type { ScoreView } from '../../worker/api.ts';

/** What every panel of Explore is given. `signal` is a class index, -1 without a signal. */
export interface PanelInput {
  view: ScoreView;
  signal: number;
  theme: ThemeName;
  colorOf(className: string): string;
  className: string;
}
