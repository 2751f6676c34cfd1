import './mark.css';

/** The sign: a gate within a gate, and light through the inner one. */
export function Mark({ size = 28 }: { size?: number }) {
  return (
    <svg aria-hidden="true" width={size} height={size} viewBox="0 0 32 32" className="sp-mark">
      <rect width="32" height="32" rx="7" className="sp-mark__ground" />
      <path d="M6.5 27V15.5a9.5 9.5 0 0 1 19 0V27" className="sp-mark__outer" />
      <path d="M12 27v-9.5a4 4 0 0 1 8 0V27z" className="sp-mark__inner" />
    </svg>
  );
}

/** The sign and the name. */
export function Wordmark() {
  return (
    <span className="sp-wordmark">
      <Mark />
      Sallyport
    </span>
  );
}
