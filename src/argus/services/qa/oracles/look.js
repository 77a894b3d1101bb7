// What can be seen of a page's layout, timing and insecure parts, in one evaluation; see look.py.
// `dom` are the helpers of browser/elements.js.
(dom, { maxElements, most }) => {
  const { walk, visible, closest, path, squash, name } = dom;
  const SLACK = 2; // px that rounding may take
  const root = document.scrollingElement || document.documentElement;
  const box = ({ left, top, width, height }) => ({ x: left + scrollX, y: top + scrollY, width, height });
  const elements = [];
  for (const el of walk(document.body || document.documentElement)) {
    if (elements.length >= maxElements) break;
    elements.push(el);
  }

  // --- wider than the window -------------------------------------------------------------------
  const scrollsSideways = ![document.documentElement, document.body].some(
    (el) => el && /hidden|clip/.test(getComputedStyle(el).overflowX),
  );
  const excess = scrollsSideways ? root.scrollWidth - root.clientWidth : 0;
  const wide = [];
  if (excess > SLACK) {
    const contained = (el) => {
      for (let at = el.parentElement; at && at !== document.body; at = at.parentElement)
        if (getComputedStyle(at).overflowX !== "visible") return true;
      return false;
    };
    const beyond = elements.filter(
      (el) => el.getBoundingClientRect().right + scrollX > root.clientWidth + SLACK && visible(el) && !contained(el),
    );
    const set = new Set(beyond);
    for (const el of beyond)
      if (wide.length < most && ![...el.children].some((child) => set.has(child)))
        wide.push({ path: path(el), box: box(el.getBoundingClientRect()) });
  }

  // --- text that its own box cuts off ------------------------------------------------------------
  const hiddenOnPurpose = (el, style) =>
    el.clientWidth <= 1 || el.clientHeight <= 1 || style.clip !== "auto" || style.clipPath !== "none" ||
    el.scrollLeft || el.scrollTop || closest(el, "[aria-hidden=true],svg");
  function textBox(el) {
    const range = document.createRange();
    let all = null;
    for (const node of el.childNodes) {
      if (node.nodeType !== Node.TEXT_NODE || !node.data.trim()) continue;
      range.selectNodeContents(node);
      const one = range.getBoundingClientRect();
      if (!one.width || !one.height) continue;
      all = all ? {
        left: Math.min(all.left, one.left), right: Math.max(all.right, one.right),
        top: Math.min(all.top, one.top), bottom: Math.max(all.bottom, one.bottom),
      } : { left: one.left, right: one.right, top: one.top, bottom: one.bottom };
    }
    return all;
  }
  const clipped = [];
  for (const el of elements) {
    if (clipped.length >= most) break;
    if (![...el.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.data.trim()) || !visible(el)) continue;
    const style = getComputedStyle(el);
    const [clipsX, clipsY] = [style.overflowX, style.overflowY].map((value) => /hidden|clip/.test(value));
    if (!clipsX && !clipsY) continue;
    if (style.textOverflow === "ellipsis" || style.webkitLineClamp !== "none" || hiddenOnPurpose(el, style)) continue;
    const [text, frame] = [textBox(el), el.getBoundingClientRect()];
    if (!text || text.left >= frame.right || text.right <= frame.left || text.top >= frame.bottom || text.bottom <= frame.top) continue;
    const lost = Math.max(
      clipsX ? Math.max(text.right - frame.right, frame.left - text.left) : 0,
      // Line boxes are higher than letters: a quarter of the font size is air.
      clipsY ? Math.max(text.bottom - frame.bottom, frame.top - text.top) - parseFloat(style.fontSize) / 4 : 0,
    );
    if (lost > SLACK) clipped.push({ path: path(el), box: box(frame), text: squash(el.textContent).slice(0, 80), lost: Math.round(lost) });
  }

  // --- parts of a secure page that are fetched or sent in the clear ------------------------------
  const insecure = [];
  if (location.protocol === "https:") {
    const ASKS = { img: "src", script: "src", iframe: "src", audio: "src", video: "src", source: "src", embed: "src", link: "href", form: "action" };
    for (const el of document.querySelectorAll(Object.keys(ASKS).map((tag) => `${tag}[${ASKS[tag]}^='http:']`).join())) {
      if (insecure.length >= most) break;
      if (el.localName === "link" && !/stylesheet|icon|preload/.test(el.rel)) continue;
      insecure.push({ path: path(el), tag: el.localName, url: el.getAttribute(ASKS[el.localName]) });
    }
  }

  // --- links to a place in this page that is not there -------------------------------------------
  const astray = [];
  for (const link of document.querySelectorAll("a[href^='#']")) {
    if (astray.length >= most) break;
    const place = link.getAttribute("href").slice(1);
    if (!place || place === "top" || /^[!/:]/.test(place) || place.includes("=") || !visible(link)) continue;
    const listens = window[Symbol.for("argus.clickable")];
    if (link.hasAttribute("onclick") || link.onclick || (listens && listens.has(link)) || link.hasAttribute("role")) continue;
    if ([...link.attributes].some((a) => a.name.startsWith("data-"))) continue;
    const id = decodeURIComponent(place);
    if (!document.getElementById(id) && !document.getElementsByName(id).length)
      astray.push({ path: path(link), name: name(link).slice(0, 80), place: id, box: box(link.getBoundingClientRect()) });
  }

  const vitals = window[Symbol.for("argus.vitals")];
  return {
    url: location.href,
    elements: elements.length,
    width: root.clientWidth,
    excess,
    wide,
    clipped,
    insecure,
    astray,
    vitals: vitals ? { lcp_ms: Math.round(vitals.lcp), cls: Math.round(vitals.cls * 1000) / 1000, inp_ms: Math.round(vitals.inp) } : null,
  };
}
