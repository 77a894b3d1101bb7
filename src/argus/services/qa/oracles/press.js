// Whether pressing a control has any effect. Called with the control before the press, and without
// one afterwards: `true`, `false`, or null where an effect might not be seen from here.
(dom, el) => {
  const KEY = Symbol.for("argus.press");
  const { walk, visible, text } = dom;
  const form = (e) => `${e.checked} ${e.value} ${e.selectedIndex}`;
  function signature() {
    const fields = [];
    for (const e of walk(document.body)) if (e.matches("input,select,textarea")) fields.push(form(e));
    return `${location.href} ${text(document.body)} ${fields} ${scrollX} ${scrollY}`;
  }
  if (!el) {
    const press = window[KEY];
    if (!press) return true; // another document
    const changed = press.mutations.takeRecords().length > 0 || press.changes > 0 || press.before !== signature();
    press.end();
    delete window[KEY];
    return press.blind && !changed ? null : changed;
  }
  const chosen = el.matches(
    "[aria-pressed=true],[aria-selected=true],[aria-checked=true],[aria-current]:not([aria-current=false])," +
      "[aria-busy=true],[class*=active i],[class*=selected i],[class*=current i],[class*=disabled i]",
  );
  const undo = [];
  const press = (window[KEY] = { changes: 0, blind: false, before: signature() });
  press.mutations = new MutationObserver((records) => { press.changes += records.length; });
  const observe = (root) =>
    press.mutations.observe(root, { subtree: true, childList: true, attributes: true, characterData: true });
  observe(document);
  for (const e of walk(document.body)) {
    if (e.shadowRoot) observe(e.shadowRoot);
    // What is painted, played or shown in another document is no change of this one.
    if (e.matches("canvas,video,audio,iframe,object,embed") && visible(e)) press.blind = true;
  }
  press.blind ||= chosen;
  const count = (event) => { if (event.target !== el) press.changes += 1; };
  for (const type of ["focusin", "scroll", "toggle"]) {
    addEventListener(type, count, true);
    undo.push(() => removeEventListener(type, count, true));
  }
  const CALLS = [
    [window, "print"], [window, "open"], [window, "scrollTo"], [window, "scroll"], [window, "scrollBy"], [window, "postMessage"],
    [document, "execCommand"], [Element.prototype, "scrollIntoView"], [Element.prototype, "requestFullscreen"],
    [HTMLElement.prototype, "click"], [HTMLElement.prototype, "focus"], [HTMLInputElement.prototype, "showPicker"],
    [Storage.prototype, "setItem"], [Storage.prototype, "removeItem"], [Storage.prototype, "clear"],
    [WebSocket.prototype, "send"], [RTCPeerConnection.prototype, "createOffer"], [IDBFactory.prototype, "open"],
    [IDBDatabase.prototype, "transaction"], [BroadcastChannel.prototype, "postMessage"], [Worker.prototype, "postMessage"],
    [window, "fetch"], [XMLHttpRequest.prototype, "send"], [navigator, "sendBeacon"], // what is held back may be told of late
    [navigator.clipboard, "writeText"], [navigator.clipboard, "write"], [navigator, "share"], [navigator, "vibrate"],
  ];
  for (const [owner, method] of CALLS) {
    const original = owner && owner[method];
    if (typeof original !== "function") continue;
    const own = Object.hasOwn(owner, method);
    owner[method] = function (...args) {
      press.changes += 1;
      return original.apply(this, args);
    };
    undo.push(() => { if (own) owner[method] = original; else delete owner[method]; });
  }
  press.end = () => { press.mutations.disconnect(); for (const each of undo) each(); };
  return null;
}
