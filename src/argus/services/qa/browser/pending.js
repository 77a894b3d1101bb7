// Runs before the scripts of every document: knows whether they are about to do something that may
// change the page (nothing_pending.js and overlay.js ask).
(() => {
  const SOON = 1000; // ms; what is due later is not worth waiting for
  const timers = new Map(); // when each is due
  let running = 0; // frames, idle callbacks, requests
  let opaque = false; // a worker, or a navigation that began: what follows cannot be known here
  const ended = () => { running -= 1; };

  const { setTimeout: later, clearTimeout: never } = window;
  window.setTimeout = function (callback, delay, ...rest) {
    if (typeof callback !== "function" || delay > SOON) return later.call(window, callback, delay, ...rest);
    const id = later.call(window, (...args) => { timers.delete(id); callback.apply(window, args); }, delay, ...rest);
    timers.set(id, performance.now() + (Number(delay) || 0));
    return id;
  };
  window.clearTimeout = function (id) {
    timers.delete(id);
    never.call(window, id);
  };

  // A callback that was called off stays pending: then the page is only waited for as if unknown.
  for (const name of ["requestAnimationFrame", "requestIdleCallback"]) {
    const original = window[name];
    window[name] = function (callback, ...rest) {
      running += 1;
      return original.call(window, (...args) => { ended(); callback.apply(window, args); }, ...rest);
    };
  }

  const { fetch: send } = window;
  window.fetch = function (...args) {
    running += 1;
    const answer = send.apply(window, args);
    answer.then(ended, ended);
    return answer;
  };
  const { send: sendRequest } = XMLHttpRequest.prototype;
  XMLHttpRequest.prototype.send = function (...args) {
    running += 1;
    this.addEventListener("loadend", ended, { once: true });
    return sendRequest.apply(this, args);
  };

  if (window.Worker) {
    window.Worker = new Proxy(window.Worker, {
      construct(target, args) {
        opaque = true;
        return Reflect.construct(target, args);
      },
    });
  }
  const left = new Promise((resolve) => {
    addEventListener("beforeunload", () => { opaque = true; resolve(); });
  });

  window[Symbol.for("argus.pending")] = {
    nothing: () => document.readyState === "complete" && !opaque && running === 0 && timers.size === 0,
    // Milliseconds until the last of those timers has run that are due within so many; 0: there is none.
    dueWithin: (limit) => {
      const left = [...timers.values()].map((due) => due - performance.now()).filter((each) => each <= limit);
      return left.length ? Math.ceil(Math.max(0, ...left)) + 1 : 0;
    },
    left, // once a navigation begins
    later: (callback, delay) => later.call(window, callback, delay), // which is not counted
  };
})();
