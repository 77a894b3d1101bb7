from pathlib import Path

from checks.marks import MarkedTest, marked


def test_marks_are_found_on_functions_modules_and_parameters(tmp_path: Path) -> None:
    file = Path("kernel/test_x.py")
    (tmp_path / file).parent.mkdir()
    (tmp_path / file).write_text(
        "import pytest\n"
        "pytestmark = [pytest.mark.operation('c')]\n"
        "@pytest.mark.operation('a', 'b')\ndef test_one(): ...\n"
        "@pytest.mark.parametrize('x', [pytest.param(1, marks=pytest.mark.operation('a'))])\n"
        "async def test_two(): ...\n"
        "@pytest.mark.other('d')\ndef test_three(): ...\n"
    )
    one, two = MarkedTest(file, "test_one"), MarkedTest(file, "test_two")
    assert marked(tmp_path, "operation") == {
        "a": [one, two],
        "b": [one],
        "c": [MarkedTest(file, "")],
    }
