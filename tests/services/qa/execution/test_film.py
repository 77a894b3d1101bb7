from io import BytesIO

import pytest
from PIL import Image

from argus.services.qa.execution.film import film
from argus.services.qa.execution.trace import Frame


def frame(at_ms: float, shade: int, *, blank: bool = False) -> Frame:
    made, picture = BytesIO(), Image.new("L", (80, 50), shade)
    if not blank:
        picture.paste((shade + 128) % 256, (0, 0, 40, 50))
    picture.save(made, format="JPEG")
    return Frame(at_ms, made.getvalue())


def durations(made: bytes) -> list[int]:
    opened = Image.open(BytesIO(made))
    found: list[int] = []
    for number in range(getattr(opened, "n_frames", 1)):
        opened.seek(number)
        opened.load()
        found.append(opened.info["duration"])
    return found


def test_each_frame_is_shown_as_long_as_a_person_needs() -> None:
    frames = [frame(0, 0), frame(100, 60), frame(1_000, 120), frame(60_000, 250)]
    assert durations(film(frames)) == [400, 900, 1_500, 3_000]


def test_what_was_still_being_painted_and_what_did_not_change_is_left_out() -> None:
    frames = [frame(0, 0), frame(10, 60), frame(500, 60), frame(900, 120)]
    assert len(durations(film(frames))) == 2


@pytest.mark.parametrize(("count", "kept"), [(1, 1), (200, 80)])
def test_of_a_long_test_the_end_is_shown(count: int, kept: int) -> None:
    made = film([frame(number * 500, number * 100 % 256) for number in range(count)])
    assert len(durations(made)) == kept


def test_a_page_that_is_still_empty_is_left_out() -> None:
    blank, shown = frame(0, 255, blank=True), [frame(1_000, 9), frame(2_000, 99)]
    assert durations(film([blank, *shown])) == durations(film(shown))


def test_without_frames_there_is_no_film() -> None:
    assert film([]) == b""
