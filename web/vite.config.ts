import { defineConfig } from "vite";

// In development the page comes from Vite and everything else from a backend
// (or `npm run mock`, which listens on the same port).
const backend = process.env["CORDBOARD_BACKEND"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  server: { host: "127.0.0.1", proxy: { "/api": { target: backend, ws: true } } },
  build: {
    target: "es2021",
    // The page is served under `default-src 'self'`: no data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
