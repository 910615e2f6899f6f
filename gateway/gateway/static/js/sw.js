/* Service worker. Rule: never store a page or an answer that can hold health data.
   It keeps only versioned static files and one plain "you are offline" page. */
const V = 'shell-@version@';
// As a stranger would get it: nothing of a session may stay behind in the browser.
const FILES = [new Request('/offline', { credentials: 'omit' }), ...'@shell@'];
addEventListener('install', e => e.waitUntil(caches.open(V).then(c => c.addAll(FILES)).then(() => skipWaiting())));
addEventListener('activate', e => e.waitUntil((async () => {
  for (const k of await caches.keys()) if (k !== V) await caches.delete(k);
  await registration.navigationPreload?.enable(); await clients.claim();
})()));
addEventListener('fetch', e => {
  const u = new URL(e.request.url);
  if (e.request.method !== 'GET' || u.origin !== location.origin) return;
  if (e.request.mode === 'navigate') {
    e.respondWith((async () => {
      try { return await e.preloadResponse || await fetch(e.request); }
      catch { return caches.match('/offline'); }
    })());
  } else if (u.pathname.startsWith('/static/')) {
    e.respondWith(caches.match(e.request).then(r => r || fetch(e.request)));
  }
});
