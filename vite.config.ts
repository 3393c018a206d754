import { defineConfig } from 'vite';

const SERVER = process.env.RANKSWEEP_SERVER ?? 'http://127.0.0.1:7300';

/** While developing, the page's requests go to a running server; it accepts only its own origin, so that header is rewritten. */
const toServer = { target: SERVER, changeOrigin: true, headers: { origin: SERVER } };

/**
 * The dashboard: `vite build` writes dist/client, which the server serves at `/`; `npx vite` serves it with hot reload beside
 * a server (RANKSWEEP_SERVER). No asset is inlined, because the page's content security policy allows none.
 */
export default defineConfig({
  root: 'client',
  build: {
    outDir: '../dist/client',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
  },
  server: {
    host: '127.0.0.1',
    proxy: { '/graphql': toServer, '/artifacts': toServer, '/healthz': toServer },
  },
});
