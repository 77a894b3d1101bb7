from argus.services.qa.browser.figures import List, read_figures


async def test_lists_are_read_row_by_row_and_numbers_beside_them_with_their_labels(
    session, show
) -> None:
    await show("""<nav><a href="/cart">Cart 2</a></nav><p>3 contacts</p>
      <table><thead><tr><th>Name</th><th>Price</th></tr></thead>
      <tr><td>Tea</td><td>4.25</td></tr><tr hidden><td>Old</td><td>1</td></tr></table>
      <ul><li><b>Irene</b> <em>2 nights</em> <a href=/1>Change</a></li>
      <li><b>Tomas</b> <em>1 night</em></li></ul>
      <dl><dt>Total</dt><dd>240 EUR</dd></dl><p style="display:none">9 lives</p>""")
    figures = await read_figures(session)
    assert figures.lists == (
        List(heads=("Name", "Price"), rows=(("Tea", "4.25"),)),
        List(heads=(), rows=(("Irene", "2 nights", "Change"), ("Tomas", "1 night"))),
    )
    assert {"3 contacts", "Total 240 EUR"} <= set(figures.labels)
    assert not any("lives" in label for label in figures.labels)
    assert [link.rpartition("/")[2] for link in figures.links] == ["cart"]
    assert [link.rpartition("/")[2] for link in figures.row_links] == ["1"]
    assert not figures.partial


async def test_a_link_to_the_next_part_says_that_not_all_is_shown(session, show) -> None:
    for onward in ("href='?page=2'>Next", "href=x rel=next>weiter", "href=x>Next page &raquo;"):
        await show(f"<ul><li>a</li><li>b</li></ul><a {onward}</a>")
        assert (await read_figures(session)).partial
