/**
 * Draws a QR code as one path of an SVG: a run of dark squares is a box, so that no seams show
 * between them.
 *
 * @param squares row by row; true is dark
 * @returns the `d` of a path on a grid with one unit a square
 */
export function qrPath(squares: ReadonlyArray<readonly boolean[]>): string {
  const boxes: string[] = [];
  for (const [y, row] of squares.entries()) {
    for (let x = 0; x < row.length; x += 1) {
      if (!row[x]) continue;
      let end = x;
      while (row[end]) end += 1;
      boxes.push(`M${x} ${y}h${end - x}v1h${x - end}z`);
      x = end;
    }
  }
  return boxes.join('');
}
