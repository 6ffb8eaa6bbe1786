// How the page is built: one small first chunk, the chart apart, the service worker from our own source.
import react from "@vitejs/plugin-react";
import { readFileSync } from "node:fs";
import { defineConfig } from "vite";
import { VitePWA } from "vite-plugin-pwa";

const version = (JSON.parse(readFileSync(new URL("./package.json", import.meta.url), "utf8")) as { version: string })
  .version;

export default defineConfig({
  define: { __PAGE_VERSION__: JSON.stringify(version) },
  plugins: [
    react(),
    VitePWA({
      strategies: "injectManifest",
      srcDir: "src",
      filename: "sw.ts",
      injectRegister: false,
      manifest: false, // ours are public/manifest.*.webmanifest, one per language
      injectManifest: { globPatterns: ["**/*.{js,css,html,svg,png,webmanifest}"] },
    }),
  ],
  build: {
    target: "es2022",
    sourcemap: false,
    modulePreload: { polyfill: false }, // the polyfill would be an inline script, which our CSP refuses
    assetsInlineLimit: 0, // no data: URLs
  },
  server: { proxy: { "/api": { target: "http://127.0.0.1:18300", ws: true }, "/welcome": "http://127.0.0.1:18300" } },
});
