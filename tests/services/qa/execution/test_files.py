import csv
import json
import zipfile
from io import BytesIO, StringIO

import pytest
from PIL import Image

from argus.services.qa.execution.files import ENDINGS, ending_for, made_file


def test_each_kind_of_file_is_what_its_ending_says_and_the_same_each_time() -> None:
    made = {ending: made_file(f"acorn{ending}") for ending in ENDINGS}
    assert made == {ending: made_file(f"acorn{ending}") for ending in ENDINGS}
    for ending in (".png", ".jpg", ".gif", ".webp"):
        assert Image.open(BytesIO(made[ending]["buffer"])).size == (256, 256)
    assert made[".png"]["mimeType"] == "image/png"
    assert json.loads(made[".json"]["buffer"])["name"] == "acorn"
    [row] = csv.DictReader(StringIO(made[".csv"]["buffer"].decode()))
    assert row == {"name": "acorn", "amount": "1"}
    assert zipfile.ZipFile(BytesIO(made[".zip"]["buffer"])).testzip() is None
    document = made[".pdf"]["buffer"]
    table = int(document.split(b"startxref\n")[1].split()[0])
    assert document[table:].startswith(b"xref\n0 4\n")


def test_a_file_of_an_unknown_kind_is_text_and_leads_to_no_folder() -> None:
    file = made_file("../etc/notes.org")
    assert (file["name"], file["buffer"]) == ("notes.org", b"acorn\n")
    assert made_file("..")["name"] == ".."
    assert made_file("")["name"] == "file"


@pytest.mark.parametrize(
    ("accept", "ending"),
    [
        ("", ".png"),
        ("image/*", ".png"),
        ("image/jpeg", ".jpg"),
        (".docx, .PDF", ".pdf"),
        ("text/csv", ".csv"),
        ("video/*", ""),
    ],
)
def test_the_kind_is_one_that_the_page_lets_through(accept: str, ending: str) -> None:
    assert ending_for(accept) == ending
