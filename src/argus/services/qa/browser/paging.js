// The parts of the page's longest list, part by part as its server sends them; see paging.py.
// `dom` are the helpers of elements.js. What is fetched has no layout: nothing here asks for any.
async (dom, mostPages) => {
  const { walk, up, closest, isItem, squash } = dom;
  const LONGEST = 80, TIMEOUT_MS = 5000;
  const NEXT = /^(next|older)( page| entries| posts| results)?[\s›»→>]*$|^[›»→>]$/i;
  const words = (el) => squash(el.textContent);
  const known = (list) => `${list.localName} ${list.className} ${[...list.querySelectorAll("th")].length}`;

  function lists(doc) {
    const found = new Map();
    for (const el of walk(doc.body)) {
      if (!isItem(el) || closest(el, `${dom.NOT_DATA},[class*=pag i]`)) continue;
      const list = closest(el, "table") || up(el);
      found.set(list, [...(found.get(list) || []), el]);
    }
    return found;
  }
  function links(doc, url) {
    return [...doc.querySelectorAll("a[href]")]
      .map((a) => ({ text: squash(a.getAttribute("aria-label") || words(a)), rel: a.rel, to: new URL(a.getAttribute("href"), url) }))
      .filter(({ to }) => to.origin === location.origin && to.pathname === location.pathname && to.search);
  }
  const cells = (row) => (row.localName === "tr" ? [...row.children].map(words) : [words(row)]);
  const leads = (row, url) => [...row.querySelectorAll("a[href]")].map((a) => new URL(a.getAttribute("href"), url).pathname);

  const parts = [], seen = new Set();
  let labels = [], kind = "", broken = "", url = location.href.split("#")[0];
  try {
    for (; url && parts.length < mostPages; ) {
      seen.add(url);
      const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (!answer.ok) {
        broken = `${new URL(url).pathname}${new URL(url).search} answers ${answer.status}`;
        break;
      }
      const doc = new DOMParser().parseFromString(await answer.text(), "text/html");
      const all = lists(doc);
      if (!kind) {
        const [longest] = [...all].sort(([, a], [, b]) => b.length - a.length);
        if (!longest) return null;
        kind = known(longest[0]);
        labels = [...walk(doc.body)]
          .filter((el) => !el.matches("script,style,option,select") && !longest[1].some((row) => row.contains(el)))
          .map(words)
          .filter((text) => text.length <= LONGEST && /\d/.test(text) && /\p{L}/u.test(text));
      }
      const [, rows] = [...all].find(([list]) => known(list) === kind) || [null, []];
      parts.push(rows.map((row) => ({ cells: cells(row), leads: leads(row, url) })));
      const number = String(parts.length + 1), here = url;
      const onward = links(doc, here).find(({ text, rel }) => rel === "next" || text === number || NEXT.test(text));
      url = onward && !seen.has(onward.to.href) ? onward.to.href : "";
    }
  } catch {
    return null; // it may not be fetched, or not in time
  }
  return { parts, labels: [...new Set(labels)], broken, whole: !url };
}
