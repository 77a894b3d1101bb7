// Runs before the scripts of every document of a session.
(() => {
  // A dialog in an endless loop would keep the page busy for ever: an exception ends the loop.
  let left = 20; // DIALOG_BUDGET of traffic.py
  for (const name of ["alert", "confirm", "prompt"]) {
    const original = window[name];
    window[name] = function (...args) {
      if (left-- <= 0) throw new Error(`argus: too many dialogs (${name})`);
      return original.apply(window, args);
    };
  }

  // Elements that a script listens on are controls, whatever they look like (discovery/digest.js).
  const clickable = (window[Symbol.for("argus.clickable")] = new WeakSet());
  const listen = EventTarget.prototype.addEventListener;
  EventTarget.prototype.addEventListener = function (type, ...rest) {
    if (this instanceof Element && (type === "click" || type === "mousedown")) clickable.add(this);
    if (type === "scroll") window[UNROLLS] = true;
    return listen.call(this, type, ...rest);
  };

  // A page that watches what is in view may show more when it is scrolled (discovery/unroll.py).
  const UNROLLS = Symbol.for("argus.unrolls");
  window.IntersectionObserver = class extends window.IntersectionObserver {
    constructor(...args) {
      super(...args);
      window[UNROLLS] = true;
    }
  };

  // Windows are closed: what they would have shown is a page like others (discovery/digest.js).
  const opened = (window[Symbol.for("argus.opened")] = new Set());
  const open = window.open;
  window.open = function (url, ...rest) {
    if (url) opened.add(new URL(url, document.baseURI).href);
    return open.call(this, url, ...rest);
  };

  // What a press might change by a socket stays here (browser/fence.py).
  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function (...args) {
    if (!window[Symbol.for("argus.holdsSockets")]) send.apply(this, args);
  };

  // Core Web Vitals of the document (oracles/vitals.py).
  if (window === window.top) {
    const vitals = (window[Symbol.for("argus.vitals")] = { lcp: 0, cls: 0, inp: 0 });
    let [first, last, shifted] = [0, 0, 0];
    const observe = (type, take) =>
      new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
    observe("largest-contentful-paint", (entry) => { vitals.lcp = entry.startTime; });
    observe("event", (entry) => { if (entry.interactionId) vitals.inp = Math.max(vitals.inp, entry.duration); });
    observe("layout-shift", (entry) => {
      if (entry.hadRecentInput) return;
      const time = entry.startTime;
      if (time - last > 1000 || time - first > 5000) [first, shifted] = [time, 0];
      [last, shifted] = [time, shifted + entry.value];
      vitals.cls = Math.max(vitals.cls, shifted);
    });
  }

  // Links and forms that open a window use this one: a session has one page.
  const stay = (element) => {
    if (element && element.target && !(element.target in window.frames)) element.target = "_self";
  };
  const closest = (event, selector) =>
    event.composedPath().find((node) => node instanceof Element && node.matches(selector));
  addEventListener("click", (event) => stay(closest(event, "a[target], area[target]")), true);
  addEventListener("submit", (event) => stay(closest(event, "form[target]")), true);
})();
