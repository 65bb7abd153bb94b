/** What the workspaces are for, and the keys. */
import { Dialog } from '../parts/Dialog.tsx';
import style from './Help.module.css';

const steps = [
  ['Data', 'Pick a sample or drop files, say which are background and which are signal, look at the columns and the split.'],
  ['Models', 'Choose a model and its parameters, train it with one seed or several, watch the loss.'],
  ['Explore', 'Move one threshold: score histogram, confusion matrix, ROC, latent space and events follow.'],
  ['Compare', 'Every model, seed, score and signal in one table, with intervals and the baselines.'],
] as const;

const keys = [
  ['Alt + 1 to 4', 'open a workspace; 5 opens Share'],
  ['Tab, Shift + Tab', 'move between controls'],
  ['Arrow keys', 'move within tabs, choices and numbers; on the threshold, to the next score'],
  ['Enter or Space', 'run a button or open a row'],
  ['Escape', 'close what floats'],
] as const;

export function Help({ onClose }: { onClose(): void }) {
  return (
    <Dialog title="How Offshell works" onClose={onClose}>
      <div className={style.help}>
        <ol className={style.steps}>
          {steps.map(([name, words], index) => (
            <li key={name}>
              <span className={style.number}>{index + 1}</span>
              <div>
                <h3>{name}</h3>
                <p>{words}</p>
              </div>
            </li>
          ))}
        </ol>
        <section>
          <h3>Keys</h3>
          <dl className={style.keys}>
            {keys.map(([key, words]) => (
              <div key={key}>
                <dt>
                  <kbd>{key}</kbd>
                </dt>
                <dd>{words}</dd>
              </div>
            ))}
          </dl>
        </section>
        <p className={style.quiet}>Everything is computed in this tab. Files, events and models never leave this machine.</p>
      </div>
    </Dialog>
  );
}
