import { type ReactNode, useEffect } from 'react';
import { ThemeSwitch } from '../app/shell/ThemeSwitch.tsx';
import { Wordmark } from './Mark.tsx';
import './doorstep.css';

interface DoorstepProps {
  readonly title: string;
  readonly children: ReactNode;
}

/** The frame of the pages in front of the gate: set-up and sign-in. */
export function Doorstep({ title, children }: DoorstepProps) {
  useEffect(() => {
    document.title = `${title} · Sallyport`;
  }, [title]);
  return (
    <div className="sp-doorstep">
      <svg className="sp-doorstep__gate" aria-hidden="true" viewBox="0 0 1200 900">
        {[160, 250, 350, 460, 580].map((radius) => (
          <path
            key={radius}
            d={`M${600 - radius} 1000V460a${radius} ${radius} 0 0 1 ${2 * radius} 0V1000`}
          />
        ))}
      </svg>
      <main className="sp-doorstep__card">
        <Wordmark />
        <h1>{title}</h1>
        {children}
      </main>
      <footer className="sp-doorstep__foot">
        <ThemeSwitch />
      </footer>
    </div>
  );
}
