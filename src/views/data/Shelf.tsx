/** The shelf of built-in samples: each card shows the sample's own data, says what it teaches, and starts with one click. */
import { ChevronRight, Play } from 'lucide-react';
import { useState } from 'react';
import { counted, nounOf } from '../../base/nouns.ts';
import { defaultParams, type Params } from '../../base/params.ts';
import type { SampleSpec } from '../../worker/api.ts';
import { sentence } from '../frame/words.ts';
import { NumberField, ParamForm } from '../ParamForm.tsx';
import { largestSeed } from '../parse.ts';
import { Button } from '../parts/Button.tsx';
import { ClassKey } from '../parts/ClassKey.tsx';
import { heldByField } from '../parts/invalid.ts';
import { Working } from '../parts/Working.tsx';
import { useOffshell } from '../use-store.ts';
import style from './Shelf.module.css';
import { SpectrumPicture } from './SpectrumPicture.tsx';

export function Shelf() {
  const shelf = useOffshell((s) => s.run.shelf);
  if (shelf.length === 0) return <Working message="Reading the shelf" done={null} />;
  return (
    <ul className={`${style.shelf} ${shelf.length === 1 ? style.single : ''}`}>
      {shelf.map((sample) => (
        <li key={sample.id}>
          <Card sample={sample} />
        </li>
      ))}
    </ul>
  );
}

function Card({ sample }: { sample: SampleSpec }) {
  const picture = useOffshell((s) => s.run.pictures[sample.id]);
  const { quickStart } = useOffshell((s) => s.actions);
  return (
    <article className={style.card} aria-labelledby={`sample-${sample.id}`}>
      <div className={style.picture}>
        {picture ? <SpectrumPicture picture={picture} /> : <Working message="Drawing its spectrum" done={null} />}
      </div>
      <div className={style.words}>
        <div className={style.head}>
          <h2 id={`sample-${sample.id}`} className={style.name}>
            {sample.name}
          </h2>
          <span className={style.synthetic}>synthetic</span>
        </div>
        <p>{sentence(sample.summary)}</p>
        <p className={style.lesson}>{sentence(sample.lesson)}</p>
        <ul className={style.classes} aria-label="Classes">
          {sample.classes.map(({ name, role }, k) => (
            <li key={name}>
              <ClassKey classes={sample.classes} index={k} withRole={role !== 'signal'} />
            </li>
          ))}
        </ul>
        <div className={style.start}>
          <Button kind="primary" icon={Play} onClick={() => void quickStart(sample.id)}>
            Start
          </Button>
          <p className={style.what}>
            loads {counted(sample.defaultEvents, nounOf(sample.kind))}, trains the recommended model
            {sample.kind === 'images' ? '' : ' beside simple cuts and PCA'}, and opens Explore
          </p>
        </div>
        <SampleForm sample={sample} />
        <p className={style.paper}>
          {sample.paper.url ? (
            <a href={sample.paper.url} target="_blank" rel="noreferrer">
              {sample.paper.text}
            </a>
          ) : (
            sample.paper.text
          )}
        </p>
      </div>
    </article>
  );
}

/** Other numbers of events, seeds and physics; loads without training. */
function SampleForm({ sample }: { sample: SampleSpec }) {
  const { loadSample } = useOffshell((s) => s.actions);
  const [events, setEvents] = useState(sample.defaultEvents);
  const [seed, setSeed] = useState(1);
  const [params, setParams] = useState<Params>(() => defaultParams(sample.params));
  return (
    <details className={style.form}>
      <summary>
        <ChevronRight aria-hidden="true" />
        Load it with other settings
      </summary>
      <div className={style.fields}>
        <div className={style.pair}>
          <NumberField
            label="Events"
            title="All classes together."
            spec={{ min: 100, max: sample.maxEvents, integer: true, log: true }}
            value={events}
            onChange={setEvents}
          />
          <NumberField
            label="Seed"
            title="The same seed gives the same events in every browser."
            spec={{ min: 1, max: largestSeed, integer: true }}
            value={seed}
            onChange={setSeed}
          />
        </div>
        <ParamForm
          specs={sample.params}
          values={params}
          onChange={(name, value) => setParams((now) => ({ ...now, [name]: value }))}
        />
        <Button
          onClick={(event) => {
            if (!heldByField(event.currentTarget.closest('details'))) void loadSample(sample.id, events, seed, params);
          }}
        >
          Load
        </Button>
      </div>
    </details>
  );
}
