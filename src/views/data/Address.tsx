/** A file behind an address: asked for only when the button is pressed, read by ranges. */
import { Globe } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { Button } from '../parts/Button.tsx';
import { Field, inputClass } from '../parts/Field.tsx';
import { useOffshell } from '../use-store.ts';
import style from './DropZone.module.css';

export function Address() {
  const { addUrl } = useOffshell((s) => s.actions);
  const [url, setUrl] = useState('');
  const [asking, setAsking] = useState(false);
  const open = async (event: FormEvent) => {
    event.preventDefault();
    if (url.trim() === '' || asking) return;
    setAsking(true);
    if (await addUrl(url)) setUrl('');
    setAsking(false);
  };
  return (
    <form className={style.address} onSubmit={(event) => void open(event)}>
      <Field label="Or the address of a file">
        {(control) => (
          <input
            {...control}
            className={inputClass}
            type="url"
            placeholder="https://…"
            autoComplete="off"
            spellCheck={false}
            value={url}
            onChange={(event) => setUrl(event.currentTarget.value)}
          />
        )}
      </Field>
      <Button type="submit" icon={Globe} disabled={url.trim() === '' || asking} title="Fetches only the parts that are needed">
        {asking ? 'Asking' : 'Open'}
      </Button>
    </form>
  );
}
