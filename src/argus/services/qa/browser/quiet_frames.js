// Resolves to true after three animation frames, and `rest` milliseconds, without a change of the
// document; to false if that has not come about within `limit` milliseconds.
([rest, limit]) =>
  new Promise((resolve) => {
    const start = performance.now();
    let changes = 0, seen = 0, quiet = 0, since = start;
    const observer = new MutationObserver((records) => { changes += records.length; });
    observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    const end = (result) => { observer.disconnect(); resolve(result); };
    const frame = (now) => {
      if (changes === seen) quiet += 1;
      else [quiet, seen, since] = [0, changes, now];
      if (quiet >= 3 && now - since >= rest && document.readyState !== "loading") end(true);
      else if (now - start > limit) end(false);
      else requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    const { later } = window[Symbol.for("argus.pending")] ?? { later: setTimeout };
    later(() => end(false), limit + 100); // a page in the background gets no frames
  })
