import { type DragEvent, useState } from 'react';
import { TextField } from './TextField.tsx';
import './file-text-field.css';

interface FileTextFieldProps {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly help: string;
  readonly error?: string | undefined;
  readonly rows: number;
  /** What the button says; no two on one page say the same. */
  readonly choose?: string;
}

/** The text of a file: pasted, dropped or chosen. */
export function FileTextField({
  choose = 'Choose a file',
  onChange,
  ...field
}: FileTextFieldProps) {
  const [isOver, setOver] = useState(false);

  async function read(file: File | undefined) {
    if (file) onChange(await file.text());
  }
  function drop(event: DragEvent) {
    event.preventDefault();
    setOver(false);
    void read(event.dataTransfer.files[0]);
  }

  return (
    /* biome-ignore lint/a11y/noStaticElementInteractions: dropping is an extra; the same is done by pasting or by the file button below */
    <div
      className="sp-drop"
      data-over={isOver || undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <TextField {...field} onChange={onChange} isRequired />
      <label className="sp-file">
        {choose}
        <input
          type="file"
          onChange={(event) => {
            void read(event.target.files?.[0]);
            event.target.value = '';
          }}
        />
      </label>
    </div>
  );
}
