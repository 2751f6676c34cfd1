/** Strokes on a grid of 20, drawn for this page. */
const PATHS = {
  home: 'M3.5 9 10 3.5 16.5 9v7.5h-13z',
  key: 'M12.5 11.5a4 4 0 1 0-3.6-2.3L3.5 14.6v1.9h3v-2h2v-2l1.2-1.2c.8.2 1.8.2 2.8.2zM13.4 6.6h.01',
  gate: 'M3.5 16.5V9.6a6.5 6.5 0 0 1 13 0v6.9M7.5 16.5V10a2.5 2.5 0 0 1 5 0v6.5M2 16.5h16',
  user: 'M10 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM4 16.5c.6-3 3-4.5 6-4.5s5.4 1.5 6 4.5',
  team: 'M7.5 9.5a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4zM2.5 16c.5-2.7 2.5-4 5-4s4.5 1.3 5 4M12.8 4.3a2.7 2.7 0 0 1 0 5M14.2 12.3c1.8.4 3 1.7 3.3 3.7',
  role: 'M10 2.5l6.5 2.5v5c0 3.8-2.7 6.3-6.5 7.5-3.8-1.2-6.5-3.7-6.5-7.5V5zM7 10l2.2 2.2L13.2 8',
  grant: 'M4 5h12M4 10h6M4 15h5M12.5 13.5l2 2 3.5-4',
  access:
    'M10 9a2.7 2.7 0 1 0 0-5.4A2.7 2.7 0 0 0 10 9zM4 16c.7-2.9 3-4.3 5.4-4.3M13.5 15.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM15 15l2.2 2.2',
  audit: 'M5 2.5h7l3.5 3.5v11.5H5zM8 8h4M8 11h5M8 14h5',
  live: 'M2.5 10H6l2.5-6 3.5 12 2.5-6h3',
  settings:
    'M3.5 6h7M14.5 6h2M3.5 14h2M9.5 14h7M12.5 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM7.5 16a2 2 0 1 0 0-4 2 2 0 0 0 0 4z',
  account:
    'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM10 10.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM6 14.8c.8-1.3 2.2-2 4-2s3.2.7 4 2',
  leave: 'M8.5 3.5h-5v13h5M8 10h9M13.5 6.5 17 10l-3.5 3.5',
  sun: 'M10 13.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM10 2v1.8M10 16.2V18M2 10h1.8M16.2 10H18M4.3 4.3l1.3 1.3M14.4 14.4l1.3 1.3M15.7 4.3l-1.3 1.3M5.6 14.4l-1.3 1.3',
  moon: 'M16.5 12A7 7 0 0 1 8 3.5a7 7 0 1 0 8.5 8.5z',
  system: 'M3 4h14v9.5H3zM7.5 17h5M10 13.5V17',
  menu: 'M3 6h14M3 10h14M3 14h14',
  command: 'M4 6l4 4-4 4M10 14.5h6',
  close: 'M5 5l10 10M15 5 5 15',
  unfold: 'M5 8h10l-5 4.8z',
  search: 'M8.8 14.5a5.7 5.7 0 1 0 0-11.4 5.7 5.7 0 0 0 0 11.4zM13 13l4 4',
  download: 'M10 3v9.5M6 9l4 4 4-4M3.5 16.5h13',
  plus: 'M10 4v12M4 10h12',
  more: 'M5 10h.01M10 10h.01M15 10h.01',
  copy: 'M7 7h9.5v9.5H7zM13 7V3.5H3.5V13H7',
  done: 'M4 10.5l4 4 8-9',
  lock: 'M5 9h10v7.5H5zM7 9V6.5a3 3 0 0 1 6 0V9',
  refresh: 'M16 10a6 6 0 1 1-1.8-4.3M16.2 3v3.2H13',
} as const;

export type IconName = keyof typeof PATHS;

/** A small picture beside a word; it says nothing by itself. */
export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg
      aria-hidden="true"
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth={name === 'more' ? 2.6 : 1.5}
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
