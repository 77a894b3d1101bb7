// What lies over the whole page, so that next to none of its controls can be pressed: the controls
// that can be, or null if nothing does. `due`: the page is about to do something, and was waited for.
// `dom` are the helpers of elements.js; see overlay.py.
async (dom, { soon, few }) => {
  const { walk, up, visible, role, name, path, interactive, hitAt } = dom;
  const floats = (el) => /fixed|absolute/.test(getComputedStyle(el).position);
  const lineOf = (el) => {
    const line = new Set();
    for (let at = el; at; at = up(at)) line.add(at);
    return line;
  };
  function isOver(hit, line) {
    for (let at = hit; at && !line.has(at); at = up(at)) if (floats(at)) return true;
    return false;
  }
  function free() {
    const page = lineOf(document.body);
    const corners = [[10, 10], [innerWidth - 10, 10], [10, innerHeight - 10], [innerWidth - 10, innerHeight - 10]];
    if (!corners.every(([x, y]) => isOver(hitAt(x, y), page))) return null;
    let covered = 0;
    const open = [];
    for (const el of walk(document.body)) {
      if (!visible(el) || !interactive(el)) continue;
      const box = el.getBoundingClientRect();
      const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
      if (x < 0 || y < 0 || x >= innerWidth || y >= innerHeight) continue;
      const hit = hitAt(x, y);
      if (lineOf(hit).has(el)) open.push(el);
      else covered += isOver(hit, lineOf(el));
    }
    return covered >= few && covered > 2 * open.length ? open : null;
  }
  const controls = free();
  if (controls) {
    const hint = (el) =>
      [el, ...el.querySelectorAll("*")].map((e) => `${e.getAttribute("class") || ""} ${e.getAttribute("title") || ""}`).join(" ");
    const leads = (el) => el.localName === "a" && /^https?:/.test(el.href) && el.getAttribute("href") !== "#";
    return {
      due: false,
      controls: controls.filter((el) => !leads(el)).map((el) => ({
        path: path(el), role: role(el), name: name(el), hint: hint(el).slice(0, 300),
        asks: el.matches("input:not([type=checkbox],[type=radio],[type=button],[type=submit]),select,textarea,[contenteditable]"),
      })),
    };
  }
  const pending = window[Symbol.for("argus.pending")];
  const due = pending ? pending.dueWithin(soon) : 0;
  if (due) await new Promise((resolve) => { pending.later(resolve, due); });
  return { due: due > 0, controls: null };
}
