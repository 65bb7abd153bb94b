/** Which channel of the images is shown; nothing where there is only one. */
import { Select } from './Select.tsx';

export interface ChannelSelectProps {
  /** Of all channels, in their order. */
  names: readonly string[];
  /** Index of the one on show. */
  shown: number;
  onChange(channel: number): void;
  /** Says above it what it chooses. */
  labelled?: boolean;
  className?: string;
}

export function ChannelSelect({ names, shown, onChange, labelled = false, className = '' }: ChannelSelectProps) {
  if (names.length < 2) return null;
  return (
    <Select
      label="Channel"
      hideLabel={!labelled}
      className={className}
      value={String(shown)}
      options={names.map((label, i) => ({ value: String(i), label }))}
      onChange={(value) => onChange(Number(value))}
    />
  );
}
