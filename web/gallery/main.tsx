import '../src/app/zod.ts';
import 'virtual:typeface.css';
import '../src/style/index.css';
import { QueryClientProvider } from '@tanstack/react-query';
import {
  createRootRoute,
  createRoute,
  createRouter,
  Outlet,
  RouterProvider,
} from '@tanstack/react-router';
import { createRoot } from 'react-dom/client';
import { queryClient } from '../src/app/client.ts';
import { startTheme } from '../src/app/theme.ts';
import { NoticeProvider } from '../src/components/Notices.tsx';
import { PARTS, WHOLES } from './examples.tsx';
import './gallery.css';

/** Those that live within a page, one below the other. */
function All() {
  return (
    <main className="gallery">
      <h1>Components</h1>
      {Object.entries(PARTS).map(([name, examples]) => (
        <div key={name} data-component={name}>
          <h2>{name}</h2>
          {Object.entries(examples).map(([what, example]) => (
            <div key={what} className="gallery__example">
              <p className="sp-soft">{what}</p>
              {example}
            </div>
          ))}
        </div>
      ))}
      <ul className="gallery__wholes">
        {Object.keys(WHOLES).map((name) => (
          <li key={name}>
            <a href={`/${name}`}>{name}</a>
          </li>
        ))}
      </ul>
    </main>
  );
}

/** One that takes the page, or lays itself over it. */
function Whole() {
  const name = location.pathname.slice(1);
  const whole = WHOLES[name];
  if (!whole) return <h1>There is no example of {name}</h1>;
  if (whole.isPage) return whole.example;
  return (
    <main>
      {!whole.hasHeading && <h1>{name}</h1>}
      {whole.example}
    </main>
  );
}

const rootRoute = createRootRoute({
  component: () => (
    <NoticeProvider>
      <Outlet />
    </NoticeProvider>
  ),
});
const routeTree = rootRoute.addChildren([
  createRoute({ getParentRoute: () => rootRoute, path: '/', component: All }),
  createRoute({ getParentRoute: () => rootRoute, path: '/$name', component: Whole }),
]);

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
startTheme();
createRoot(root).render(
  <QueryClientProvider client={queryClient}>
    <RouterProvider router={createRouter({ routeTree }) as never} />
  </QueryClientProvider>,
);
