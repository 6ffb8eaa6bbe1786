// The service worker: keeps the shell of the page for offline use, and nothing that the platform said.
/// <reference lib="webworker" />
import { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } from "workbox-precaching";

declare const self: ServiceWorkerGlobalScope & { __WB_MANIFEST: (string | { url: string; revision: string | null })[] };

const SERVER_ONLY = ["/api/", "/welcome", "/metrics"];

precacheAndRoute(self.__WB_MANIFEST);
cleanupOutdatedCaches();

const shell = createHandlerBoundToURL("/index.html");

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.mode !== "navigate" || url.origin !== self.location.origin) return;
  if (SERVER_ONLY.some((path) => url.pathname.startsWith(path))) return; // never answered from here
  event.respondWith(shell({ event, request: event.request, url }));
});

self.addEventListener("message", (event: ExtendableMessageEvent) => {
  if ((event.data as { type?: string } | null)?.type === "apply-update") void self.skipWaiting();
});
