/** The chosen model as it would be built for the loaded data: a strip of blocks to scale and, on request, the layer table. */
import { ChevronRight } from 'lucide-react';
import type { LayerRow } from '../../models/contract.ts';
import { formatCount } from '../../plots/format.ts';
import type { ModelPreview } from '../../worker/api.ts';
import { type Column, Table } from '../parts/Table.tsx';
import style from './LayerStrip.module.css';
import { blocks } from './layer-strip.ts';

const tall = 112;

export function LayerStrip({ inputShape, preview }: { inputShape: readonly number[]; preview: ModelPreview }) {
  const strip = blocks(inputShape, preview.layers);
  const { parameters, trainable, layers } = preview;
  return (
    <div className={style.whole}>
      <div className={style.scroll}>
        <ol className={style.strip} aria-label="Layers from input to output">
          {strip.map((block, index) => {
            const named = block.kind === 'input' || block.kind === 'weights';
            const words = `${block.name}, ${block.shape.join(' × ')}${block.parameters > 0 ? `, ${formatCount(block.parameters)} weights` : ''}`;
            return (
              <li
                // biome-ignore lint/suspicious/noArrayIndexKey: a layer is its place in the stack
                key={index}
                className={`${style.block} ${style[block.kind]} ${block.starts && index > 1 ? style.starts : ''}`}
                title={words}
              >
                <span className="visually-hidden">{words}</span>
                <span className={style.column} style={{ height: tall }} aria-hidden="true">
                  <span className={style.bar} style={{ height: Math.max(3, block.height * tall) }} />
                </span>
                {named && (
                  <span className={style.units} aria-hidden="true">
                    {block.shape.length > 2 || (block.shape.length > 1 && block.kind !== 'input')
                      ? block.shape.join('×')
                      : block.units}
                  </span>
                )}
                {(block.kind === 'input' || block.latent || block.output) && (
                  <span className={style.tag} aria-hidden="true">
                    {block.kind === 'input' ? 'input' : block.latent ? 'latent' : 'output'}
                  </span>
                )}
              </li>
            );
          })}
        </ol>
      </div>
      {layers.length > 0 && (
        <details className={style.table}>
          <summary>
            <ChevronRight aria-hidden="true" />
            <span>
              <b>{formatCount(parameters)}</b> parameters in {layers.length} layers
              {trainable !== parameters && <span className={style.quiet}>, {formatCount(trainable)} of them trainable</span>}
            </span>
          </summary>
          <Table
            caption="Layers"
            columns={columns}
            rows={layers.map((layer, index) => ({ ...layer, index }))}
            rowKey={({ index }) => index}
          />
        </details>
      )}
    </div>
  );
}

type Row = LayerRow & { index: number };

const columns: readonly Column<Row>[] = [
  { key: 'network', head: 'network', cell: ({ network }) => network },
  { key: 'name', head: 'layer', cell: ({ name }) => <code>{name}</code> },
  { key: 'type', head: 'type', cell: ({ type }) => type },
  { key: 'shape', head: 'output', numeric: true, cell: ({ shape }) => shape.join(' × ') },
  {
    key: 'parameters',
    head: 'parameters',
    numeric: true,
    cell: ({ parameters }) => (parameters === 0 ? '–' : formatCount(parameters)),
  },
  {
    key: 'trainable',
    head: 'trainable',
    numeric: true,
    cell: ({ trainable, parameters }) => (parameters === 0 ? '–' : formatCount(trainable)),
  },
];
