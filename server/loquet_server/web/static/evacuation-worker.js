// Keeps the last evacuation list on this device, for when the server is cut off. It answers for
// /evacuation alone, keeps twelve hours at most, and lets go of all once nobody is signed in.

const KEPT = "loquet-evacuation";
const LIST = "/evacuation";
const GONE = "/evacuation/gone";
const SINCE = "x-loquet-kept-at";
const LIFE = 12 * 3_600_000;
const PATIENCE = 5_000;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((kept) => kept.add(GONE)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(tidy().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== self.location.origin) {
    return;
  }
  if (address.pathname === LIST) {
    event.respondWith(list(event.request));
  } else if (address.pathname.startsWith("/static/")) {
    event.respondWith(asset(event.request));
  }
});

async function list(request) {
  const abort = new AbortController();
  const timer = setTimeout(async () => {
    if ((await copy()) !== undefined) {
      abort.abort(); // better an old list now than a new one too late
    }
  }, PATIENCE);
  try {
    const answer = await fetch(request, { signal: abort.signal });
    if (answer.status >= 500) {
      return (await copy()) ?? answer; // a proxy speaks for a server that is gone
    }
    if (answer.ok && !answer.redirected) {
      await keep(answer.clone()).catch(() => undefined);
    } else {
      await forget(); // whoever is here may not read it any more
    }
    return answer;
  } catch {
    return (await copy()) ?? (await gone());
  } finally {
    clearTimeout(timer);
  }
}

async function keep(answer) {
  const headers = new Headers(answer.headers);
  headers.set(SINCE, String(Date.now()));
  const html = await answer.text();
  const kept = await caches.open(KEPT);
  await kept.put(LIST, new Response(html, { headers }));
  for (const [, address] of html.matchAll(/(?:href|src)="(\/static\/[^"]+)"/g)) {
    if ((await kept.match(address)) === undefined) {
      await kept.add(address); // what the page looks like and does, without a server too
    }
  }
}

async function copy() {
  await tidy();
  return (await caches.open(KEPT)).match(LIST);
}

async function tidy() {
  const kept = await caches.open(KEPT);
  const known = await kept.match(LIST);
  if (known && Date.now() - Number(known.headers.get(SINCE)) > LIFE) {
    await kept.delete(LIST);
  }
}

async function forget() {
  await (await caches.open(KEPT)).delete(LIST);
}

async function gone() {
  return (await (await caches.open(KEPT)).match(GONE)) ?? Response.error();
}

async function asset(request) {
  const kept = await caches.open(KEPT);
  const known = await kept.match(request);
  if (known) {
    return known; // its address has the digest of its content
  }
  const answer = await fetch(request);
  if (answer.ok) {
    await kept.put(request, answer.clone());
  }
  return answer;
}
