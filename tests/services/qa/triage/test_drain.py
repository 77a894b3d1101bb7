from argus.services.qa.triage.drain import Drain


def templates(*messages: str) -> list[str]:
    drain = Drain()
    found = [drain.template_of(message) for message in messages]
    return [str(template) for template in found]


def test_messages_of_one_kind_share_a_template_whatever_differs_in_them() -> None:
    kind = "rows <*> the note"
    assert templates("rows show the note", "rows hide the note") == [kind, kind]


def test_numbers_and_data_of_the_test_are_no_difference() -> None:
    first, second = templates('3 rows show "${title}", not 1', '17 rows show "${name}", not 2')
    assert first == second == "<*> rows show <*> not <*>"


def test_messages_of_other_length_beginning_or_wording_have_templates_of_their_own() -> None:
    messages = ("the page is slow", "the page is very slow", "a page is slow", "the field has it")
    assert templates(*messages) == list(messages)


def test_a_quoted_text_is_one_word() -> None:
    messages = ('button "Save and close" is gone', 'button "Save" is gone')
    assert templates(*messages) == ["button <*> is gone"] * 2


def test_an_empty_message_has_a_template() -> None:
    assert templates("", "") == ["", ""]
