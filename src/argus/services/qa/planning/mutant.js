// Makes the page wrong in one thing, `change` at the place numbered `at`, and puts right what the call
// before it changed; see requirements.py. False: there is no such place. `dom` are the helpers of elements.js.
(dom, { change, at }) => {
  const { walk, visible, isItem, closest } = dom;
  const UNDO = Symbol.for("argus.undo");
  window[UNDO]?.();
  delete window[UNDO];
  const elements = () => [...walk(document.body)].filter(visible);
  const styled = (el, style) => () => {
    const was = el.getAttribute("style");
    el.setAttribute("style", style);
    return () => (was === null ? el.removeAttribute("style") : el.setAttribute("style", was));
  };
  const texts = (el) => [...el.childNodes].filter((n) => n.nodeType === Node.TEXT_NODE && /\d/.test(n.data));
  const counted = (node) => () => {
    const was = node.data;
    node.data = was.replace(/\d+/, (digits) => String(Number(digits) + 1));
    return () => { node.data = was; };
  };
  const places = {
    none: () => [],
    blank: () => [styled(document.body, "visibility: hidden !important")],
    row: () =>
      elements().filter((el) => isItem(el) && !closest(el, dom.NOT_DATA)).map((el) => styled(el, "display: none !important")),
    number: () => elements().filter((el) => !el.matches("script,style")).flatMap(texts).map(counted),
  }[change]();
  if (!places[at]) return false;
  window[UNDO] = places[at]();
  return true;
}
