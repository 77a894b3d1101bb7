// The page's lists as rows of texts, the texts with numbers beside them, and where its links lead;
// see figures.py. `dom` are the helpers of elements.js.
(dom) => {
  const { walk, up, closest, visible, isItem, name, text, squash } = dom;
  const LONGEST = 80, MOST_ROWS = 500, MOST_LABELS = 300;
  const ONWARD = /^((next|older|more|load more|show more|view more|(page )?2)( page| entries| posts| results)?|[›»→>])[\s›»→>…]*$/i;
  const own = (el) => squash([...el.childNodes].filter((n) => n.nodeType === Node.TEXT_NODE).map((n) => n.data).join(" "));

  const elements = [...walk(document.body)].filter(visible);
  const items = elements.filter((el) => isItem(el) && !closest(el, dom.NOT_DATA));
  const inItems = (el) => items.some((item) => item.contains(el));
  const leaves = (el) => [el, ...walk(el)].filter((e) => visible(e) && own(e)).map(own);
  const cells = (row) => (row.localName === "tr" ? [...row.children].map(text) : leaves(row));

  const lists = new Map();
  for (const el of items.slice(0, MOST_ROWS)) {
    const list = closest(el, "table") || up(el);
    lists.set(list, [...(lists.get(list) || []), cells(el)]);
  }
  function heads(list) {
    if (list.localName !== "table") return [];
    const row = [...list.rows].findLast((r) => r.cells.length && [...r.cells].every((c) => c.localName === "th"));
    return row ? [...row.cells].map(text) : [];
  }

  const labels = new Set();
  for (const el of elements) {
    if (labels.size >= MOST_LABELS) break;
    if (!own(el) || closest(el, "script,style,option,select") || inItems(el)) continue;
    const after = el.nextElementSibling;
    for (const words of [text(el), after && !/\d/.test(text(el)) ? `${text(el)} ${text(after)}` : ""])
      if (words.length <= LONGEST && /\d/.test(words) && /\p{L}/u.test(words)) labels.add(words);
  }

  const links = elements.filter((el) => el.matches("a[href],area[href]") && /^https?:/.test(el.href));
  return {
    lists: [...lists].map(([list, rows]) => ({ heads: heads(list), rows })),
    labels: [...labels],
    links: [...new Set(links.filter((el) => !inItems(el)).map((el) => el.href))],
    row_links: [...new Set(links.filter(inItems).map((el) => el.href))],
    partial: elements.some((el) => el.matches("a[href],button,[role=button]") && (el.rel === "next" || ONWARD.test(squash(name(el))))),
  };
}
