/** What the loaded images look like: the mean image of each class on one scale, and the spectrum of what is counted in them. */
import { useState } from 'react';
import { inNouns } from '../../base/nouns.ts';
import { dataNoun } from '../../state/explore.ts';
import { ClassImages } from '../explore/ClassImages.tsx';
import { channelNames } from '../explore/image-parts.ts';
import { Panel } from '../parts/Panel.tsx';
import { Select } from '../parts/Select.tsx';
import { useOffshell } from '../use-store.ts';
import { useFigureTheme } from '../use-theme.ts';
import style from './Columns.module.css';

export function MeanImages() {
  const data = useOffshell((s) => s.run.data);
  const theme = useFigureTheme();
  const [channel, setChannel] = useState(0);
  if (!data) return null;
  const channels = channelNames(data);
  const shown = Math.min(channel, channels.length - 1);
  return (
    <Panel
      title="What is in the images?"
      context={inNouns('The mean of each class on one logarithmic scale, all events of every split', dataNoun(data))}
      scroll
      className={style.panel ?? ''}
      toolsAlwaysShown
      tools={
        channels.length > 1 && (
          <Select
            label="Channel"
            hideLabel
            value={String(shown)}
            options={channels.map((name, i) => ({ value: String(i), label: name }))}
            onChange={(value) => setChannel(Number(value))}
          />
        )
      }
    >
      <ClassImages data={data} channel={shown} theme={theme} />
    </Panel>
  );
}
