// Everything discovery wants to know of a page, in one evaluation; see digest.py for the result.
// `dom` are the helpers of browser/elements.js.
(dom, { maxElements, maxLinks, maxRows }) => {
  const { walk, up, closest, visible, role, name, text, context, interactive, isItem, path, squash } = dom;
  const BUTTON = "button,input[type=submit],input[type=image],input[type=button],[role=button]";
  const TEXT_INPUT = /^(text|search|email|url|tel|number|password|date|time|datetime-local|month|week|color|range)$/;
  const STRUCTURE = new Set(
    ("header nav main aside footer section article form fieldset table ul ol dl details dialog " +
      "h1 h2 h3 h4 iframe canvas video").split(" "),
  );
  const ROLES = new Set(
    ("banner navigation main complementary contentinfo region form search table grid list dialog alertdialog menu " +
      "menubar toolbar tablist tabpanel tree feed").split(" "),
  );
  const SITE_WIDE = "nav,header,aside,[role=navigation],[role=banner],[role=complementary]";
  const cut = (s) => squash(s).slice(0, 200);
  const clickable = window[Symbol.for("argus.clickable")] || new WeakSet();
  // React listens at its root: what an element does is in its properties.
  const isReact = (el, key) => key.startsWith("__reactProps$") && typeof el[key].onClick === "function";
  const listens = (el) => clickable.has(el) || typeof el.onclick === "function" || Object.keys(el).some((key) => isReact(el, key));

  const elements = [];
  for (const el of walk(document.body || document.documentElement)) {
    if (elements.length >= maxElements) break;
    elements.push(el);
  }
  const shown = new Map(elements.map((el) => [el, visible(el)]));

  // --- structure: paths of landmarks, lists, tables and controls; repeated siblings fall together -----
  const isControl = (el) =>
    shown.get(el) && (interactive(el) || (listens(el) && el !== document.body && !el.querySelector("a,button,input,select,textarea")));
  const controls = elements.filter(isControl);
  const controlSet = new Set(controls);
  const tokens = new Map();
  function token(el) {
    if (controlSet.has(el)) return `${role(el) || el.localName}${el.localName === "input" ? `:${el.type}` : ""}`;
    const explicit = el.getAttribute("role");
    if (explicit && ROLES.has(explicit)) return explicit;
    if (STRUCTURE.has(el.localName)) return el.localName;
    return isItem(el) ? "item" : "";
  }
  function tagPath(el) {
    if (!el || el === document.body) return "";
    if (!tokens.has(el)) {
      const above = tagPath(up(el));
      const own = token(el);
      tokens.set(el, !own || (own === "item" && above.endsWith("item")) ? above : `${above}/${own}`);
    }
    return tokens.get(el);
  }
  const paths = new Set();
  for (const el of elements) if (shown.get(el) && !closest(el, dom.NOT_DATA + ",svg")) paths.add(tagPath(el));
  paths.delete("");

  // --- forms ------------------------------------------------------------------------------------
  const FIELD = "input:not([type=hidden]):not([type=submit]):not([type=button]):not([type=reset]):not([type=image]),select,textarea";
  const isField = (el) => el.matches(FIELD) || (el.isContentEditable && !(up(el) && up(el).isContentEditable));
  const LOOKS_UP = /\b(search|filter|find|look ?up|(go|jump) to)\b/i;
  const looksUp = (el) => el.matches("[type=search],[role=searchbox]") ||
    (TEXT_INPUT.test(el.type) && LOOKS_UP.test(`${name(el)} ${el.placeholder}`));
  // What is hidden from all but the script is no field: libraries keep a choice in such inputs.
  const isOffered = (el) => shown.get(el) && !closest(el, "[aria-hidden=true]");
  // One without a name could not be told again from others where it is to hold what was chosen.
  const isDrawn = (el) => (el.matches(dom.OPENS_LIST) || dom.opensCalendar(el)) && !!name(el);
  const fields = elements.filter((el) => (isField(el) || isDrawn(el)) && !el.disabled && (isOffered(el) || isStyledAway(el)));
  // Checkboxes, radios and file inputs are often replaced for the eye by their label.
  function isStyledAway(el) {
    return el.matches("input[type=checkbox],input[type=radio],input[type=file]") && [...(el.labels || [])].some(visible);
  }
  const SUBMIT_WORDS = /\b(add|save|create|submit|search|go|send|sign in|log in|login|ok|update|apply|register|post|find|confirm)\b/i;
  // A button that waits for input is the one that submits it.
  const waits = (el) => el.disabled && SUBMIT_WORDS.test(name(el));
  const buttons = elements.filter((el) => shown.get(el) && el.matches(BUTTON) && !isDrawn(el) && (!el.disabled || waits(el)));
  buttons.sort((one, other) => waits(other) - waits(one));

  function kind(el) {
    if (isDrawn(el)) return el.matches(dom.OPENS_LIST) ? "choice" : "calendar";
    if (el.localName === "select") return el.multiple ? "multi_select" : "select";
    if (el.localName === "textarea") return "textarea";
    if (el.localName !== "input") return "rich_text";
    const kinds = { tel: "phone", "datetime-local": "datetime" };
    return kinds[el.type] || el.type;
  }
  const option = (o) => squash(o.label || o.text);
  function describeField(el, group) {
    const radios = el.type === "radio" ? group.filter((f) => f.type === "radio" && f.name === el.name) : [];
    const set = radios.length > 1 && closest(el, "fieldset,[role=radiogroup]");
    const isSelect = el.localName === "select";
    return {
      path: path(el.type === "file" && !shown.get(el) ? [...el.labels].find(visible) : el),
      kind: kind(el),
      name: el.name || "",
      label: cut((set && name(set)) || name(el)),
      value: el.type === "password" ? "" : cut(isSelect ? option(el.selectedOptions[0] || {}) :
        el.type === "radio" ? radios.filter((r) => r.checked).map((r) => name(r))[0] || "" :
        el.type === "checkbox" ? String(el.checked) : el.localName === "input" || el.localName === "textarea" ? el.value : text(el)),
      required: !!el.required || el.getAttribute("aria-required") === "true",
      read_only: !!el.readOnly,
      placeholder: cut(el.placeholder || ""),
      autocomplete: el.getAttribute("autocomplete") || "",
      min: el.min || "", max: el.max || "", step: el.step || "",
      min_length: Math.max(el.minLength || 0, 0),
      max_length: Math.max(el.maxLength || 0, 0),
      pattern: el.pattern || "",
      options: isSelect ? [...el.options].filter((o) => !o.disabled && o.value !== "").slice(0, 100).map(option) : radios.map((r) => cut(name(r))),
      accept: cut(el.accept || ""),
      in_item: !!itemOf(el),
    };
  }
  const itemOf = (el) => { for (let at = el; at; at = up(at)) if (isItem(at)) return at; return null; };
  const describeButton = (el) => ({ path: path(el), name: cut(name(el) || el.title), hint: hint(el) });
  const hint = (el) =>
    ["id", "class", "title", "aria-label", "href", "name", "data-action", "data-testid"].map((a) => el.getAttribute(a) || "").join(" ").slice(0, 300);

  function heading(el) {
    const inside = el.querySelector("legend,h1,h2,h3,[role=heading]");
    return cut(name(el) || (inside && visible(inside) ? text(inside) : "") || context(el));
  }
  function describeForm(el, group, submits, implicit) {
    const isForm = el.localName === "form";
    // Radio buttons are one field; so are the check boxes that select rows.
    const alike = (f) => f.type === "radio" || (f.type === "checkbox" && f.name && itemOf(f));
    const once = group.filter((f) => !alike(f) || group.find((g) => g.type === f.type && g.name === f.name) === f);
    // A script handles what says nothing, if there may be one, and what only closes its dialog.
    const how = (isForm && el.getAttribute("method") || "").toLowerCase();
    const scripted = document.scripts.length || el.hasAttribute("onsubmit");
    const says = !scripted || el.hasAttribute("action") || el.hasAttribute("method");
    const declared = isForm && how !== "dialog" && says;
    const texts = group.filter((f) => TEXT_INPUT.test(f.type) || f.localName === "textarea");
    const onlyLooksUp = !!closest(el, "search,[role=search]") || (texts.length > 0 && texts.every(looksUp)) ||
      (how !== "post" && declared && texts.some(looksUp));
    return {
      name: implicit ? cut(name(group[0])) : heading(el),
      method: declared && how !== "post" ? "GET" : "POST",
      action: declared ? new URL(el.getAttribute("action") || location.href, document.baseURI).href :
        closest(el, SITE_WIDE) ? "" : location.href,
      implicit,
      declared,
      search: onlyLooksUp,
      fields: once.filter((f) => onlyLooksUp || !f.matches("[type=search],[role=searchbox]")).slice(0, 100).map((f) => describeField(f, group)),
      submits: submits.slice(0, 20).map(describeButton),
    };
  }
  const forms = [];
  const submitButtons = new Set();
  const formOf = (el) => el.form || closest(el, "form");
  for (const form of elements.filter((el) => el.localName === "form")) {
    const group = fields.filter((f) => formOf(f) === form);
    const own = buttons.filter((b) => formOf(b) === form);
    const typed = own.filter((b) => b.type === "submit" || b.type === "image");
    const submits = typed.length ? typed : own.filter((b) => SUBMIT_WORDS.test(name(b)));
    submits.forEach((b) => submitButtons.add(b));
    if (group.length || submits.length) forms.push(describeForm(form, group, submits, false));
  }
  const loose = fields.filter((f) => !formOf(f));
  const grouped = new Map();
  for (const field of loose) {
    let box = null;
    let at = up(field);
    for (let level = 0; at && at !== document.body && level < 6 && !box; level += 1, at = up(at)) {
      const near = buttons.filter((b) => at.contains(b) && !formOf(b) && !itemOf(b) && SUBMIT_WORDS.test(name(b)) &&
        (!looksUp(field) || LOOKS_UP.test(name(b)) || /^(go|ok|apply)$/i.test(name(b))));
      if (near.length) box = at;
    }
    if (box) grouped.set(box, [...(grouped.get(box) || []), field]);
    else if (!itemOf(field) && (TEXT_INPUT.test(field.type) || field.localName === "textarea")) forms.push(describeForm(field, [field], [], true));
  }
  for (const [box, group] of grouped) {
    if (!group.some((f) => TEXT_INPUT.test(f.type) || f.localName === "textarea")) continue; // choices beside some button
    const submits = buttons.filter((b) => box.contains(b) && !itemOf(b) && SUBMIT_WORDS.test(name(b)));
    submits.forEach((b) => submitButtons.add(b));
    forms.push(describeForm(box, group, submits, false));
  }

  // --- what can be followed: links by address, other controls by fragment ----------------------
  const links = new Map();
  for (const el of elements) {
    if (links.size >= maxLinks) break;
    if (!el.matches("a[href],area[href]") || !shown.get(el)) continue;
    const raw = el.getAttribute("href");
    if (!/^https?:/.test(el.href) || raw === "#" || el.hasAttribute("download") || links.has(el.href)) continue;
    links.set(el.href, { url: el.href, name: cut(name(el)), hint: hint(el) });
  }
  for (const url of window[Symbol.for("argus.opened")] || []) if (/^https?:/.test(url)) links.set(url, { url, name: "", hint: "" });
  for (const frame of elements) // what is framed is a page of its own
    if (frame.matches("iframe[src],frame[src]") && shown.get(frame) && /^https?:/.test(frame.src) && !links.has(frame.src))
      links.set(frame.src, { url: frame.src, name: cut(frame.title), hint: hint(frame) });
  // Entries of a menu or a bar are commands, each of its own; those of other lists do the same to each record.
  const BAR = "nav,menu,[role=navigation],[role=menu],[role=menubar],[role=tablist],[role=toolbar]";
  const BAR_CLASS = /(^|[\s_-])(menu|menubar|dropdown|toolbar|tabs?|nav|navbar)($|[\s_-])/i;
  const MOST_COMMANDS = 15; // of a bar
  function isCommand(el) {
    const entry = itemOf(el);
    return !!entry && (!!closest(entry, BAR) || BAR_CLASS.test((up(entry) || entry).className));
  }
  const commands = new Map();
  function fragmentOf(el) {
    const place = tagPath(el);
    const label = cut(name(el) || text(el)).slice(0, 80).replace(/\d+/g, "0");
    return itemOf(el) && !isCommand(el) ? place : `${place} ${label}`;
  }
  // What lies over the page, with controls: menus, popovers, panels.
  const OVER = "[role=menu],[role=listbox],[role=dialog],[role=alertdialog],dialog[open],[popover]:popover-open";
  const over = new Map();
  function liesOver(el) {
    if (!el || el === document.body) return false;
    if (!over.has(el)) {
      const { position, zIndex } = getComputedStyle(el);
      const box = el.getBoundingClientRect();
      const floats = /absolute|fixed/.test(position) && zIndex > 0 && box.width * box.height < (innerWidth * innerHeight) / 2;
      over.set(el, floats || el.matches(OVER) || liesOver(up(el)));
    }
    return over.get(el);
  }
  const opened = new Set(controls.filter((el) => liesOver(el) && !closest(el, dom.NOT_DATA)).map((el) => isField(el) ? tagPath(el) : fragmentOf(el)));
  const CLICKS = /^(button|tab|menuitem|treeitem|link|summary|)$/;
  const actions = new Map();
  for (const el of controls) {
    if (isField(el) || submitButtons.has(el) || el.disabled || el.type === "reset" || closest(el, "[aria-disabled=true]")) continue;
    if (el.localName === "a" && el.href && /^(https?|mailto|tel):/.test(el.href) && el.getAttribute("href") !== "#") continue;
    if (!CLICKS.test(role(el)) || closest(el, "label,option,select") || el.localName === "label") continue;
    if (role(el) === "" && [...el.querySelectorAll("*")].some((c) => controlSet.has(c))) continue;
    const fragment = fragmentOf(el);
    if (actions.has(fragment)) continue;
    const place = tagPath(el);
    if (isCommand(el)) commands.set(place, (commands.get(place) || 0) + 1);
    if (commands.get(place) > MOST_COMMANDS) continue;
    actions.set(fragment, { path: path(el), role: role(el), name: cut(name(el) || text(el)).slice(0, 80), hint: hint(el), fragment });
  }

  // --- lists, tables and cards -----------------------------------------------------------------
  const lists = new Map();
  for (const el of elements) {
    if (!shown.get(el) || !isItem(el) || closest(el, `${dom.NOT_DATA},header,footer,[role=menu],[role=tablist],select`)) continue;
    const table = closest(el, "table,[role=table],[role=grid]");
    const list = table || up(el);
    if (!table && closest(el, "form") && !el.querySelector("a[href]")) continue;
    lists.set(list, [...(lists.get(list) || []), el]);
  }
  const collections = [];
  for (const [list, items] of lists) {
    if (list === document.body || items.some((i) => lists.has(i))) continue;
    const rows = items.slice(0, maxRows).map((row) => ({
      links: [...row.querySelectorAll("a[href]:not([href^='#'])")].map((a) => a.href),
      controls: [...row.querySelectorAll("button,input:not([type=hidden]),select,[role=button],[role=checkbox]")].map((c) => `${role(c)} "${cut(name(c)).slice(0, 40)}"`),
    }));
    // One entry in a list of links is a menu of one.
    if (list.localName !== "table" && items.length === 1 && !rows[0].controls.length) continue;
    collections.push({
      path: path(list),
      name: cut(name(list) || context(list)),
      row_role: role(items[0]) || items[0].localName,
      row_count: items.length,
      columns: list.localName === "table" ? [...list.querySelectorAll("thead th")].map((h) => cut(text(h))) : [],
      rows,
    });
  }

  const dialogs = elements.filter((el) => shown.get(el) && el.matches("dialog[open],[role=dialog],[role=alertdialog],[aria-modal=true]"));
  const errors = elements.filter((el) => shown.get(el) && (el.matches(`${dom.ERROR},:user-invalid:is(input,select,textarea)`) || dom.looksLikeError(el)));
  const title = elements.find((el) => shown.get(el) && (el.localName === "h1" || el.localName === "h2"));
  return {
    url: location.href,
    title: cut(document.title),
    heading: title ? cut(text(title)) : "",
    paths: [...paths].sort(),
    dialog: dialogs.length ? heading(dialogs[0]) || "dialog" : "",
    invalid: errors.some((el) => text(el) || el.matches("input,select,textarea")),
    opened: [...opened].sort(),
    selected: elements.filter((el) => shown.get(el) && el.matches("[role=tab][aria-selected=true]")).map((el) => cut(name(el))),
    forms,
    links: [...links.values()],
    actions: [...actions.values()],
    collections: collections.slice(0, 30),
    broken_images: [...document.images].filter((i) => i.complete && !i.naturalWidth && /^https?:/.test(i.currentSrc) && visible(i)).map((i) => i.currentSrc).slice(0, 20),
  };
}
