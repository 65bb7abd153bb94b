/** What the loaded images look like: the mean image of each class on one scale, and the spectrum of what is counted in them. */
import { useState } from 'react';
import { inNouns } from '../../base/nouns.ts';
import { dataNoun } from '../../state/explore.ts';
import { ClassImages } from '../explore/ClassImages.tsx';
import { channelNames } from '../explore/image-parts.ts';
import { ChannelSelect } from '../parts/ChannelSelect.tsx';
import { Panel } from '../parts/Panel.tsx';
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
      tools={<ChannelSelect names={channels} shown={shown} onChange={setChannel} />}
    >
      <ClassImages data={data} channel={shown} theme={theme} roomy />
    </Panel>
  );
}
