/** Which channel of the images is shown; nothing where there is only one. */
import { Select } from './Select.tsx';

export interface ChannelSelectProps {
  /** Of all channels, in their order. */
  names: readonly string[];
  /** Index of the one on show. */
  shown: number;
  onChange(channel: number): void;
}

export function ChannelSelect({ names, shown, onChange }: ChannelSelectProps) {
  if (names.length < 2) return null;
  return (
    <Select
      label="Channel"
      hideLabel
      value={String(shown)}
      options={names.map((label, i) => ({ value: String(i), label }))}
      onChange={(value) => onChange(Number(value))}
    />
  );
}
