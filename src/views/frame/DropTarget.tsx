/** The whole page takes dropped files. While files hover over it, it says what will happen. */
import { FileDown } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useOffshell } from '../use-store.ts';
import style from './DropTarget.module.css';
import { droppedFiles } from './dropped.ts';

export function DropTarget() {
  const { addFiles } = useOffshell((s) => s.actions);
  const [hovering, setHovering] = useState(false);
  useEffect(() => {
    // dragenter and dragleave come in pairs for every element that is crossed
    let inside = 0;
    const holdsFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
    const enter = (event: DragEvent) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      inside++;
      setHovering(true);
    };
    const over = (event: DragEvent) => {
      if (!holdsFiles(event) || !event.dataTransfer) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = 'copy';
    };
    const leave = (event: DragEvent) => {
      if (!holdsFiles(event)) return;
      inside = Math.max(0, inside - 1);
      if (inside === 0) setHovering(false);
    };
    const drop = (event: DragEvent) => {
      inside = 0;
      setHovering(false);
      if (!holdsFiles(event)) return;
      event.preventDefault();
      if (!event.dataTransfer) return;
      void droppedFiles(event.dataTransfer).then(({ files, paths }) => {
        if (files.length > 0) void addFiles(files, paths);
      });
    };
    window.addEventListener('dragenter', enter);
    window.addEventListener('dragover', over);
    window.addEventListener('dragleave', leave);
    window.addEventListener('drop', drop);
    return () => {
      window.removeEventListener('dragenter', enter);
      window.removeEventListener('dragover', over);
      window.removeEventListener('dragleave', leave);
      window.removeEventListener('drop', drop);
    };
  }, [addFiles]);
  if (!hovering) return null;
  return (
    <div className={style.cover} aria-hidden="true">
      <div className={style.words}>
        <FileDown />
        <p className={style.title}>Drop the files to look at them</p>
        <p>Files stay on this machine</p>
      </div>
    </div>
  );
}
