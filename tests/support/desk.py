"""A page whose doings no address and no form announces: menus, dialogs, tabs, what acts at once."""

from support.website import WebSite

PAGE = """<header><ul role=menubar>
      <li role=menuitem tabindex=0 id=file>File</li><li role=menuitem tabindex=0 id=help>Help</li>
    </ul></header>
    <main><h1>Desk</h1><label>Search studies <input id=word></label>
      <button id=create>Create</button> <button id=folder>New folder</button>
      <div role=tablist><button role=tab id=tab1 aria-selected=true>Open</button>
        <button role=tab id=tab2 aria-selected=false>Closed</button></div>
      <section id=panel><h2>Open studies</h2></section></main>
    <style>[role=menu],[role=dialog] { position: absolute; z-index: 9; background: white }</style>
    <script>
      const ask = () => fetch('/query', {method: 'POST'});
      const shut = () => document.querySelectorAll('.over').forEach((e) => e.remove());
      const over = (role, inside) => { shut();
        document.body.insertAdjacentHTML('beforeend', `<div class=over role=${role}>${inside}`) };
      const item = (text, id) => `<li role=menuitem tabindex=0 id=${id}>${text}</li>`;
      const select = (tab, text) => {
        for (const each of [tab1, tab2]) each.ariaSelected = each === tab;
        ask().then(() => panel.innerHTML = `<h2>${text}</h2><button>Details</button>`) };
      file.onclick = () => over('menu', item('Note', 'note') + item('Recent 3', 'recent'));
      help.onclick = () => over('menu', item('About', 'about'));
      create.onclick = () => over('dialog',
        '<h2>Create study</h2><form><label>Name <input></label><button>Save</button></form>');
      folder.onclick = () =>
        fetch('/folders', {method: 'POST'}).catch(() => over('dialog', '<h2>Failed</h2>'));
      tab1.onclick = () => select(tab1, 'Open studies');
      tab2.onclick = () => select(tab2, 'Closed studies');
      onkeydown = (event) => event.key === 'Escape' && shut();
      onclick = (event) => event.target.id === 'about' &&
        over('dialog', '<h2>About this desk</h2><button onclick=shut()>Cancel</button>');
      ask();
    </script>"""


def furnish(site: WebSite) -> None:
    """Put the page at the site's entrance; it reads by POST, as it is opened and later."""
    site.pages |= {"/": PAGE, "/query": "[]", "/folders": "made"}
