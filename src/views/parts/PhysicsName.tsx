/** A feature's name set as in print: variables in italic, indices and units upright. `jet 1 pT` is jet 1 *p*_T. */
import { Fragment, type ReactNode } from 'react';

const printed: Readonly<Record<string, ReactNode>> = {
  pT: (
    <>
      <i>p</i>
      <sub>T</sub>
    </>
  ),
  HT: (
    <>
      <i>H</i>
      <sub>T</sub>
    </>
  ),
  eta: <i>η</i>,
  phi: <i>φ</i>,
  eps_B: (
    <>
      <i>ε</i>
      <sub>B</sub>
    </>
  ),
  eps_S: (
    <>
      <i>ε</i>
      <sub>S</sub>
    </>
  ),
};

export function PhysicsName({ name }: { name: string }) {
  const words = name.split(/\b(pT|HT|eta|phi|eps_B|eps_S)\b/);
  return (
    <span>
      {words.map((word, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the words of a name never move
        <Fragment key={index}>{printed[word] ?? word}</Fragment>
      ))}
    </span>
  );
}
