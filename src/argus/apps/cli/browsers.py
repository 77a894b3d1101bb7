"""`argus browsers`."""

import asyncio

import typer

from argus.apps.cli.terminal import Home, Json, console, examples, print_json

commands = typer.Typer(no_args_is_help=True, help="The browser that runs the tests.")


@commands.command(epilog=examples("argus browsers install"))
def install(*, home: Home = None, as_json: Json = False) -> None:
    """Install a headless Chromium for this ARGUS_HOME; changes nothing outside it.

    Needs the npm command and 300 MB of disk. An installation that is there already is kept. A
    headless shell or Chromium of the system is used without this.
    """
    from argus.apps.cli.installation import load_settings
    from argus.services.qa.browser.launch import install_browser

    cache = load_settings(home=home).home / "browsers"
    with console.status("Installing the browser"):
        browser = asyncio.run(install_browser(cache))
    if as_json:
        print_json({"browser": browser})
    else:
        console.print(f"Installed [bold]{browser}[/]")
