import { Link } from '@tanstack/react-router';
import './states.css';

/** What stands at an address where there is nothing. */
export function Lost() {
  return (
    <main className="sp-state">
      <h1>There is nothing here</h1>
      <p className="sp-soft">The address may be mistyped, or what it named was removed.</p>
      <Link to="/">Go to the Home page</Link>
    </main>
  );
}
