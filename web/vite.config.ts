import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import type { InlineConfig } from 'vite';
import { slimPatternFly } from './patternfly-css.ts';
import { typeface } from './typeface.ts';

/** How the page is built; build.ts says where to. */
export const config: InlineConfig = {
  configFile: false,
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [react(), typeface()],
  css: { postcss: { plugins: [slimPatternFly()] } },
  build: {
    target: 'es2023',
    // An inlined asset is a data: address, which the page's policy allows for images alone.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        codeSplitting: {
          // What changes seldom stands apart, so that an update of ours leaves it in the cache.
          groups: [
            { name: 'react', test: /node_modules\/(react|react-dom|scheduler)\// },
            { name: 'router', test: /node_modules\/@tanstack\// },
            // Together, so that zod is told what it must not do before the first schema is made.
            { name: 'contract', test: /node_modules\/zod\/|\/contract\/src\/|\/app\/zod\.ts$/ },
            // What most pages share comes at once: twenty small files take longer than one.
            {
              name: 'kit',
              test: /node_modules\/@patternfly\/|\/src\/(components|lib)\//,
              minShareCount: 8,
            },
          ],
        },
      },
    },
  },
};

export default config;
