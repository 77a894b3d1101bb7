// What Argus reads from a page. An expression that yields the functions Python calls; see elements.py.
// Names and roles follow accname-1.2 and HTML-AAM as far as Playwright's getByRole does.
(() => {
  const NODES = Symbol.for("argus.nodes");
  const CUT = 200;
  const NEAR = 50; // px, Similo's neighbourhood
  const squash = (s) => (s || "").replace(/\s+/g, " ").trim();
  const cut = (s) => squash(s).slice(0, CUT);
  const attr = (el, name) => el.getAttribute(name) || "";
  const up = (el) => el.parentElement || el.getRootNode().host || null;

  // A list: a generator that delegates to itself costs each element its depth.
  function walk(root, found = []) {
    for (let el = root.firstElementChild; el; el = el.nextElementSibling) {
      found.push(el);
      if (el.shadowRoot) walk(el.shadowRoot, found);
      if (!(el instanceof SVGElement)) walk(el, found);
    }
    return found;
  }

  function closest(el, selector) {
    for (let at = el; at; at = up(at)) if (at.matches(selector)) return at;
    return null;
  }

  function visible(el) {
    const box = el.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && el.checkVisibility({ visibilityProperty: true });
  }

  // --- role and accessible name -------------------------------------------------------------
  const TAG_ROLE = {
    button: "button", textarea: "textbox", option: "option", ul: "list", ol: "list", li: "listitem",
    table: "table", tr: "row", td: "cell", th: "columnheader", nav: "navigation", main: "main",
    aside: "complementary", dialog: "dialog", article: "article", progress: "progressbar",
    output: "status", fieldset: "group", details: "group", hr: "separator", p: "paragraph",
    h1: "heading", h2: "heading", h3: "heading", h4: "heading", h5: "heading", h6: "heading",
  };
  const INPUT_ROLE = {
    button: "button", submit: "button", reset: "button", image: "button", file: "button",
    checkbox: "checkbox", radio: "radio", range: "slider", number: "spinbutton", hidden: "",
  };

  function role(el) {
    const explicit = attr(el, "role").trim().split(/\s+/)[0];
    if (explicit) return explicit;
    const tag = el.localName;
    if (tag === "a" || tag === "area") return el.hasAttribute("href") ? "link" : "";
    if (tag === "select") return el.multiple || el.size > 1 ? "listbox" : "combobox";
    if (tag === "img") return el.getAttribute("alt") === "" ? "presentation" : "img";
    if (tag === "input") {
      if (el.type in INPUT_ROLE) return INPUT_ROLE[el.type];
      if (el.hasAttribute("list")) return "combobox";
      return el.type === "search" ? "searchbox" : "textbox";
    }
    return TAG_ROLE[tag] || "";
  }

  const FROM_CONTENT = new Set(
    ("button link checkbox radio option tab menuitem menuitemcheckbox menuitemradio switch treeitem " +
      "heading cell columnheader rowheader gridcell row tooltip").split(" "),
  );

  function pseudo(el, which) {
    const content = getComputedStyle(el, which).content;
    const [, shown, spoken = shown] = content.match(/^"((?:[^"\\]|\\.)*)"(?: \/ "((?:[^"\\]|\\.)*)")?$/) || [];
    return spoken || "";
  }

  function content(el, seen) {
    let out = pseudo(el, "::before");
    for (const node of (el.shadowRoot || el).childNodes) {
      if (node.nodeType === Node.TEXT_NODE) out += node.data;
      else if (node.nodeType === Node.ELEMENT_NODE) {
        if (attr(node, "aria-hidden") === "true" || !node.checkVisibility({ visibilityProperty: true })) continue;
        if (["script", "style", "template"].includes(node.localName)) continue;
        const part = name(node, seen, true);
        out += getComputedStyle(node).display.startsWith("inline") ? part : ` ${part} `;
      }
    }
    return out + pseudo(el, "::after");
  }

  function named(ids, el, seen) {
    const root = el.getRootNode();
    const parts = ids.split(/\s+/).map((id) => id && root.getElementById(id)).filter(Boolean);
    return squash(parts.map((part) => name(part, seen, true)).join(" "));
  }

  function name(el, seen = new Set(), nested = false) {
    if (seen.has(el)) return "";
    seen.add(el);
    if (seen.size === 1 && el.hasAttribute("aria-labelledby")) {
      const text = named(attr(el, "aria-labelledby"), el, seen);
      if (text) return text;
    }
    const label = squash(attr(el, "aria-label"));
    if (label) return label;
    const tag = el.localName;
    if (tag === "input" && ["button", "submit", "reset"].includes(el.type)) {
      return squash(el.value || { submit: "Submit", reset: "Reset" }[el.type]) || squash(el.title);
    }
    if (el.labels && el.labels.length && !nested) {
      const text = squash([...el.labels].map((l) => name(l, seen, true)).join(" "));
      if (text) return text;
    }
    if (["input", "textarea", "select"].includes(tag)) {
      if (nested) return "";
      if (el.type === "image") return squash(attr(el, "alt") || el.title || "Submit");
      return squash(el.title) || squash(attr(el, "placeholder")) || squash(attr(el, "aria-placeholder"));
    }
    if (tag === "img" || tag === "area") return squash(attr(el, "alt") || el.title);
    if (tag === "svg") {
      const title = el.querySelector("title");
      return title ? squash(title.textContent) : "";
    }
    const caption = { fieldset: "legend", table: "caption", figure: "figcaption" }[tag];
    if (caption && !nested) {
      const child = el.querySelector(`:scope > ${caption}`);
      if (child) return squash(name(child, seen, true));
    }
    if (nested || FROM_CONTENT.has(role(el)) || tag === "summary" || tag === "label") {
      const text = content(el, seen);
      if (nested ? text : squash(text)) return nested ? text : squash(text);
    }
    return squash(attr(el, "title"));
  }

  // --- context ------------------------------------------------------------------------------
  const text = (el) => squash(el.innerText !== undefined ? el.innerText : el.textContent);

  function context(el) {
    const CONTAINER =
      "form,dialog,fieldset,nav,main,aside,section[aria-label],section[aria-labelledby]," +
      "[role=dialog],[role=alertdialog],[role=form],[role=region],[role=navigation],[role=main],[role=search]";
    for (let at = closest(up(el) || el, CONTAINER); at; at = up(at) && closest(up(at), CONTAINER)) {
      const heading = at.querySelector("legend,h1,h2,h3,h4,[role=heading]");
      const label = name(at) || (heading && visible(heading) ? text(heading) : "");
      if (label) return cut(label);
    }
    return "";
  }

  // Items of a repeated structure: what people call rows, list entries or cards.
  const ITEM = "tr,li,[role=row],[role=listitem],[role=option],[role=treeitem],article,[role=article]";
  const NOT_DATA =
    "nav,[role=navigation],[role=alert],[role=status],[role=log],[aria-live=polite],[aria-live=assertive]," +
    "[class*=breadcrumb i],[class*=message i],[class*=alert i],[class*=toast i],[class*=flash i]," +
    "[class*=notif i],[class*=snackbar i],[class*=errorlist i]";
  const shape = (el) => `${el.localName}(${[...el.children].map((c) => c.localName).join()})`;

  function peers(el) {
    const parent = up(el);
    if (!parent) return [el];
    const own = shape(el);
    return [...(el.parentElement || el.getRootNode()).children].filter(
      (c) => c === el || (c.localName === el.localName && (shape(c) === own || el.matches(ITEM))),
    );
  }

  // Buttons side by side are no data.
  const isBar = (el) => [...el.children].every((child) => child.matches("button,[role=button],[type=button],[type=submit]"));

  function isItem(el) {
    if (el.matches(ITEM)) return !(el.localName === "tr" && !el.querySelector(":scope > td"));
    const generic = el.localName === "div" || el.localName === "section" || el.localName.includes("-");
    return generic && el.children.length > 1 && !closest(el, "form") && peers(el).length > 1 && !isBar(el);
  }

  function item(el) {
    for (let at = el; at && at !== document.body; at = up(at)) if (isItem(at)) return at;
    return null;
  }

  // "The book X was added.": a sentence in a list of its own is a message, not a record.
  function isMessage(el, wanted) {
    if (el.localName !== "li" || peers(el).length > 2) return false;
    const own = [...el.childNodes].filter((n) => n.nodeType === Node.TEXT_NODE).map((n) => n.data).join(" ");
    return squash(own).replace(wanted, "").split(" ").filter((w) => /\p{L}/u.test(w)).length >= 3;
  }

  function shown(el) {
    const values = [...el.querySelectorAll("input:not([type=hidden]):not([type=password]),textarea")];
    let words = text(el);
    for (const select of el.querySelectorAll("select")) { // its text is that of all of its options
      words = words.replace(text(select), () => [...select.selectedOptions].map(text).join(" "));
    }
    return squash(`${words} ${values.map((v) => v.value).join(" ")}`);
  }

  function rows(wanted) {
    const found = [];
    for (const el of walk(document)) {
      if (!isItem(el) || !visible(el) || !shown(el).includes(wanted)) continue;
      if (!closest(el, NOT_DATA) && !isMessage(el, wanted)) found.push(el);
    }
    if (!found.length && wanted) found.push(...walk(document).filter((el) => isLoneCard(el, wanted)));
    return found.filter((el) => !found.some((other) => other !== el && el.contains(other)));
  }

  // A card has nothing beside it that it could repeat while it is the only one: it is known by its name.
  function isLoneCard(el, wanted) {
    const named = /(^|[\s-])card($|\s)|[a-z]Card(-root)?($|\s)/.test(el.className) || /-card$/.test(el.localName);
    if (!named || !visible(el) || !shown(el).includes(wanted) || closest(el, `${NOT_DATA},form,dialog,[role=dialog]`)) return false;
    const { width, height } = el.getBoundingClientRect();
    return width * height < (innerWidth * innerHeight) / 2 && !!el.querySelector("a[href],button,[role=button]") &&
      !el.querySelector("input:not([type=checkbox]),select,textarea,form,table,h1");
  }

  function path(el) {
    let out = "";
    for (let at = el; at; ) {
      const parent = at.parentElement;
      const index = [...(parent || at.getRootNode()).children].indexOf(at) + 1;
      const step = `${CSS.escape(at.localName)}:nth-child(${index})`;
      out = out && !out.startsWith(" >>") ? `${step} > ${out}` : step + out;
      if (parent) at = parent;
      else {
        at = at.getRootNode().host || null;
        if (at) out = ` >> ${out}`;
      }
    }
    return out;
  }

  // --- fingerprint --------------------------------------------------------------------------
  function xpath(el, stopAtId) {
    let out = "";
    for (let at = el; at; at = up(at)) {
      if (stopAtId && at !== el && attr(at, "id")) return `//*[@id='${attr(at, "id")}']${out}`;
      const same = [...(at.parentElement || at.getRootNode()).children].filter((c) => c.localName === at.localName);
      out = `/${at.localName}[${same.indexOf(at) + 1}]${out}`;
    }
    return out;
  }

  function texts() {
    const out = [];
    for (const el of walk(document.body)) {
      const own = [...el.childNodes].filter((n) => n.nodeType === Node.TEXT_NODE && n.data.trim());
      const words = own.length ? squash(own.map((n) => n.data).join(" ")) : "";
      if (words && visible(el)) out.push({ el, words, box: el.getBoundingClientRect() });
    }
    return out;
  }

  function neighbors(el, box, all) {
    if (box.width > 600 || box.height > 100) return "";
    const near = all.filter(
      (t) =>
        t.box.left < box.right + NEAR && t.box.right > box.left - NEAR &&
        t.box.top < box.bottom + NEAR && t.box.bottom > box.top - NEAR &&
        !el.contains(t.el) && !t.el.contains(el),
    );
    return cut(near.map((t) => t.words).join(" "));
  }

  function attributes(el) {
    const out = {};
    for (const { name: key, value } of el.attributes) {
      if (key === "style" || key.startsWith("on") || (key === "value" && el.type === "password")) continue;
      out[key] = value.slice(0, CUT);
    }
    return out;
  }

  function fingerprint(el, all = texts()) {
    const box = el.getBoundingClientRect();
    const kind = role(el);
    const repeated = item(el);
    return {
      tag: el.localName,
      type: ["input", "button", "select"].includes(el.localName) ? el.type : "",
      role: kind,
      name: cut(name(el)),
      text: ["select", "textarea"].includes(el.localName) ? "" : cut(text(el)),
      attributes: attributes(el),
      neighbor_text: neighbors(el, box, all),
      xpath: xpath(el, false),
      id_xpath: xpath(el, true),
      box: [box.x + scrollX, box.y + scrollY, box.width, box.height].map((n) => Math.round(n * 10) / 10),
      is_button: kind === "button" || (kind === "link" && /(^|[\s_-])(btn|button)/i.test(el.className)),
      form_label: context(el),
      siblings: repeated ? peers(repeated).length - 1 : 0,
    };
  }

  const CONTROL =
    "a[href],area[href],button,input:not([type=hidden]),select,textarea,summary,[contenteditable=''],[contenteditable=true]";
  const CONTROL_ROLES = new Set(
    ("button link checkbox radio switch tab menuitem menuitemcheckbox menuitemradio option treeitem textbox searchbox " +
      "combobox listbox slider spinbutton").split(" "),
  );

  // What opens a list of options, or a calendar, that scripts draw.
  const OPENS_LIST = ":is([role=combobox],[aria-haspopup=listbox]):not(input,select,textarea),input[role=combobox][readonly]";
  const DATES = /\b(date|day|due|deadline|calendar|birthday|start|end|from|until|when)\b/i;
  const isBesideField = (el) => [el, up(el)].some((at) => at.previousElementSibling && at.previousElementSibling.matches("input:not([type=hidden])"));
  // Beside a field it is but another way to fill that in.
  const opensCalendar = (el) => el.matches("button:is([aria-haspopup=dialog],[aria-haspopup=grid])") && DATES.test(`${name(el)} ${text(el)}`) && !isBesideField(el);

  const isChecked = (el) => el.checked === true || attr(el, "aria-checked") === "true";

  // What a field holds; of a control that scripts draw, what it shows.
  function valueOf(el) {
    if (["checkbox", "switch"].includes(role(el))) return String(isChecked(el));
    if (el.matches("input:not([type=password]),textarea")) return el.value;
    if (el.localName === "select") return text(el.selectedOptions[0] || el);
    return el.matches(OPENS_LIST) || opensCalendar(el) ? text(el) : "";
  }

  function interactive(el) {
    if (el.matches(CONTROL) || CONTROL_ROLES.has(attr(el, "role")) || el.hasAttribute("onclick")) return true;
    if (el.hasAttribute("tabindex") && el.tabIndex >= 0) return true;
    const parent = up(el);
    return getComputedStyle(el).cursor === "pointer" && !!parent && getComputedStyle(parent).cursor !== "pointer";
  }

  function describe(el, ref, all, cards = []) {
    const box = el.getBoundingClientRect();
    const repeated = item(el) || cards.find((card) => card.contains(el));
    return {
      ref,
      fingerprint: fingerprint(el, all),
      visible: visible(el),
      interactive: interactive(el),
      enabled: !el.matches(":disabled") && !closest(el, "[aria-disabled=true]"),
      editable: (el.matches("input,textarea,select") && !el.readOnly && !el.disabled) || el.isContentEditable === true, // an SVG has none
      pointer: getComputedStyle(el).cursor === "pointer",
      in_viewport: box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth,
      value: valueOf(el),
      checked: isChecked(el),
      options: el.localName === "select" ? [...el.options].filter((o) => !o.disabled).map((o) => squash(o.label)) : [],
      row_text: repeated && repeated !== el ? shown(repeated).slice(0, 500) : "",
    };
  }

  // What a click at this point of the window would reach.
  function hitAt(x, y) {
    let hit = document.elementFromPoint(x, y);
    while (hit && hit.shadowRoot) {
      const inner = hit.shadowRoot.elementFromPoint(x, y);
      if (!inner || inner === hit) break;
      hit = inner;
    }
    return hit;
  }

  // The only visible element with a test id, or with a role and a name; null: there is none, or more.
  function only({ testId, role: kind, name: called }) {
    const wanted = (el) => (testId ? attr(el, "data-testid") === testId : role(el) === kind && name(el) === called);
    const seen = walk(document.body).filter((el) => wanted(el) && visible(el) && !closest(el, "[aria-hidden=true]"));
    return seen.length === 1 ? seen[0] : null;
  }

  // The first heading of the highest level.
  function heading() {
    for (const level of ["h1", "h2", "h3", "h4", "h5", "h6"]) {
      const first = [...document.querySelectorAll(level)].find((el) => visible(el) && text(el));
      if (first) return cut(text(first));
    }
    return "";
  }

  const ERROR = "[aria-invalid=true],[role=alert],.errorlist,.errornote,.invalid-feedback,.field-error,.error-message,.alert-danger,.alert-error,.text-danger";

  // Two words or more in red that are no control: how pages without ARIA mark refused input.
  function looksLikeError(el) {
    const own = [...el.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && /\S\s+\S/.test(n.data));
    if (!own || closest(el, "a,button,label,[role=button],h1,h2")) return false;
    const [red, green, blue] = (getComputedStyle(el).color.match(/\d+/g) || []).map(Number);
    return red > 150 && green < 110 && blue < 110;
  }

  return {
    // What other scripts build on (discovery/digest.js).
    dom: {
      walk, up, closest, visible, role, name, text, context, interactive, isItem, item, path, squash, hitAt, only, fingerprint,
      ERROR, NOT_DATA, OPENS_LIST, looksLikeError, opensCalendar,
    },

    snapshot({ withText, rows: wanted }) {
      const all = texts();
      const page = text(document.body);
      const cards = wanted.filter((words) => words && page.includes(words)).flatMap(rows).filter((el) => !isItem(el));
      const carriers = new Set(withText ? all.map((t) => t.el) : []);
      const nodes = walk(document.body).filter(
        (el) => (carriers.has(el) || (visible(el) && interactive(el))),
      );
      window[NODES] = nodes;
      return nodes.map((el, ref) => describe(el, ref, all, cards));
    },

    // One element by itself, lifted to the control it is part of.
    take(el) {
      for (let at = el; at && at !== document.body; at = up(at)) {
        if (at.matches(CONTROL) || CONTROL_ROLES.has(role(at))) {
          el = at;
          break;
        }
      }
      const nodes = (window[NODES] ||= []);
      let ref = nodes.indexOf(el);
      if (ref < 0) ref = nodes.push(el) - 1;
      return describe(el, ref, texts());
    },

    // Which of a locator's matches are visible, and what the only one is.
    match(nodes, { ref, whole }) {
      const seen = nodes.map((el, index) => ({ el, index })).filter(({ el }) => visible(el));
      const only = seen.length === 1 ? seen[0] : null;
      const known = ref === null ? null : (window[NODES] || [])[ref];
      return {
        count: seen.length,
        hidden: nodes.length - seen.length,
        index: only ? only.index : -1,
        same: !!only && only.el === known,
        fingerprint: only && whole ? fingerprint(only.el) : null,
      };
    },

    // What that one is.
    only(wanted) {
      const el = only(wanted);
      return el && fingerprint(el);
    },

    // A click at the middle of the element, or of its first line, would reach it or something inside it.
    receives(ref) {
      const el = (window[NODES] || [])[ref];
      if (!el || !el.isConnected) return false;
      el.scrollIntoView({ block: "center", inline: "center" });
      const [box = el.getBoundingClientRect()] = el.getClientRects();
      const hit = hitAt(box.x + box.width / 2, box.y + box.height / 2);
      for (let at = hit; at; at = up(at)) if (at === el) return true;
      return !!hit && !!el.labels && [...el.labels].some((l) => l.contains(hit));
    },

    rowPaths: (wanted) => rows(wanted).map(path),

    // Evidence for expectations: one call answers all of them.
    observe({ texts: wanted, rows: rowTexts }) {
      const seen = [text(document.body)];
      for (const el of walk(document.body)) {
        if (el.shadowRoot) seen.push(squash([...el.shadowRoot.children].map((c) => c.innerText || "").join(" ")));
        if (el.matches("input:not([type=hidden]):not([type=password]),textarea") && visible(el)) seen.push(squash(el.value));
        if (el.localName === "select" && visible(el) && el.selectedOptions[0]) seen.push(text(el.selectedOptions[0]));
      }
      let invalid = "";
      for (const el of walk(document.body)) {
        if (el.matches("input:user-invalid,select:user-invalid,textarea:user-invalid") && el.willValidate) {
          invalid ||= `${name(el)}: ${el.validationMessage}`;
        } else if (visible(el) && (el.matches(ERROR) || looksLikeError(el))) {
          invalid ||= text(el) || name(el) || "invalid field";
        }
      }
      const texts = Object.fromEntries(wanted.map((t) => [t, seen.some((s) => s.includes(squash(t)))]));
      return {
        texts,
        heading: Object.values(texts).every(Boolean) ? "" : heading(),
        rows: Object.fromEntries(rowTexts.map((t) => [t, rows(squash(t)).length])),
        invalid: cut(invalid),
      };
    },
  };
})()
