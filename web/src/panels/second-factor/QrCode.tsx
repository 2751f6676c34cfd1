import encodeQR from 'qr';
import { qrPath } from '../../lib/qr-path.ts';
import './second-factor.css';

/** Squares of light around a code, by which readers find it (ISO/IEC 18004, 6.3.8). */
const BORDER = 4;

/** A text as a QR code; dark on light in either theme, since not every reader takes the other. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const squares = encodeQR(text, 'raw', { border: BORDER });
  return (
    <svg
      className="sp-qr"
      role="img"
      aria-label={label}
      viewBox={`0 0 ${squares.length} ${squares.length}`}
      shapeRendering="crispEdges"
    >
      <path d={qrPath(squares)} />
    </svg>
  );
}
