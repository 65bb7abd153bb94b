/** The mean image of each class on one scale, and the spectrum of what is counted in the images: tracks where the data have them. */
import { useEffect, useMemo, useState } from 'react';
import { logScale } from '../../plots/image-colours.ts';
import { plotById } from '../../plots/registry.ts';
import { dataNoun, sourceOf } from '../../state/explore.ts';
import type { DataSummary, ImageClasses } from '../../worker/api.ts';
import { Figure } from '../Figure.tsx';
import { Working } from '../parts/Working.tsx';
import { useOffshell } from '../use-store.ts';
import style from './Image.module.css';
import { ColourBar, ImageMap } from './ImageMap.tsx';
import { channelOf } from './image-parts.ts';
import type { PanelInput } from './panel-input.ts';

const plot = plotById('column-histogram');

interface ClassImagesProps extends Pick<PanelInput, 'theme'> {
  data: DataSummary;
  channel: number;
  /** Images of two or three classes are as large as those of an event. */
  roomy?: boolean;
}

export function ClassImages({ data, channel, theme, roomy = false }: ClassImagesProps) {
  const fetch = useOffshell((s) => s.actions.imageClasses);
  const [found, setFound] = useState<{ generation: number; classes: ImageClasses } | null>(null);
  const { generation } = data;
  useEffect(() => {
    let gone = false;
    void fetch().then((classes) => !gone && classes && setFound({ generation, classes }));
    return () => {
      gone = true;
    };
  }, [fetch, generation]);
  const [height = 1, width = 1, channels = 1] = data.shape;
  const classes = found?.generation === generation ? found.classes : null;
  const means = useMemo(
    () => classes?.means.map((mean) => channelOf(mean, channel, channels)) ?? [],
    [classes, channel, channels],
  );
  const scale = useMemo(() => logScale(...means), [means]);
  const results = useMemo(
    () =>
      classes && {
        provenance: { source: sourceOf(data), sample: `all ${dataNoun(data).several}`, noun: dataNoun(data) },
        classes: data.classes,
        column: {
          feature: { name: classes.spectrum.name, unit: '', quantity: 'other' as const },
          edges: classes.spectrum.edges,
          counts: classes.spectrum.counts,
        },
      },
    [classes, data],
  );
  if (!classes || !results) return <Working message="Adding up the images of each class" done={null} />;
  const unit = channel === 0 ? (data.image?.unit ?? '') : '';
  return (
    <div className={style.classes}>
      <div className={`${style.grid} ${roomy && data.classes.length <= 3 ? style.three : style.means}`}>
        {means.map((pixels, k) =>
          pixels.length === 0 ? null : (
            <ImageMap
              key={data.classes[k]?.name}
              {...{ pixels, height, width, axes: data.image, scale, unit }}
              title={`${data.classes[k]?.name}`}
              bare
            />
          ),
        )}
      </div>
      <ColourBar scale={scale} unit={unit} label={`mean of all ${dataNoun(data).several} of a class,`} />
      <div className={style.spectrum}>
        <Figure plot={plot} results={results as never} theme={theme} label={`Spectrum: ${classes.spectrum.name} by class`} />
      </div>
    </div>
  );
}
