// Resolves to whether nothing is about to change the page: its scripts wait for nothing that is due
// soon, and two turns of its event loop, in which a framework would render, change nothing.
async () => {
  const pending = window[Symbol.for("argus.pending")];
  if (!pending) return false;
  if (document.readyState === "interactive") {
    await new Promise((resolve) => {
      addEventListener("load", () => pending.later(resolve, 0), { once: true });
      pending.later(resolve, 100);
    });
  }
  if (!pending.nothing()) return false;
  let changed = false;
  const observer = new MutationObserver(() => { changed = true; });
  observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  for (let turn = 0; turn < 2; turn += 1) {
    await new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => { port1.close(); resolve(); };
      port2.postMessage(null);
    });
  }
  observer.disconnect();
  return !changed && pending.nothing();
}
