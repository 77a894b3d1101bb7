// Makes the field that `wanted` means ready for typing over it, or chooses that option of it, and says what it
// is. Null where that is left to Playwright: it waits for what is not ready, says why it is not, and knows other
// fields. `dom` are the helpers of elements.js; see SureLocator.
(dom, { wanted, text, option }) => {
  const { only, fingerprint, closest, squash } = dom;
  const TYPED = new Set(["text", "search", "email", "url", "tel", "password", "number", "textarea"]);

  // As Playwright has it: visible (which `only` has seen to), enabled, editable and not inert.
  const ready = (el) =>
    !el.matches(":disabled") && !el.hasAttribute("readonly") && !closest(el, "[inert],[aria-disabled=true],[aria-readonly=true]");

  function select(el) {
    if (!TYPED.has(el.type) || (el.type === "number" && isNaN(text))) return false;
    el.select();
    el.focus();
    return el.getRootNode().activeElement === el;
  }

  function choose(el) {
    if (el.type !== "select-one") return false;
    const chosen = [...el.options].find((each) => squash(each.label) === squash(option));
    if (!chosen || chosen.matches(":disabled")) return false;
    chosen.selected = true;
    el.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
    el.dispatchEvent(new Event("change", { bubbles: true }));
    return true;
  }

  const el = only(wanted);
  if (!el || !["input", "textarea", "select"].includes(el.localName) || !ready(el)) return null;
  const known = fingerprint(el);
  return (option === null ? select(el) : choose(el)) ? known : null;
}
