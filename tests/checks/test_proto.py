import subprocess
import sys
from pathlib import Path

import pytest

from checks import proto

OPTIONS = """syntax = "proto3";
package argus.kernel.v1;
import "google/protobuf/descriptor.proto";
extend google.protobuf.MethodOptions { uint32 sample_ms = 50999; }
"""
SAMPLE = """syntax = "proto3";
package argus.sample.v1;
import "argus/kernel/v1/sample_options.proto";
message Ping { string text = 1; }
service Echo { rpc Send(Ping) returns (Ping) { option (argus.kernel.v1.sample_ms) = 5; } }
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for path, text in {
        "proto/argus/kernel/v1/sample_options.proto": OPTIONS,
        "proto/argus/sample/v1/sample.proto": SAMPLE,
    }.items():
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def test_a_services_modules_land_in_the_contracts_and_import_the_kernels(checkout: Path) -> None:
    proto.write(checkout)
    text = (checkout / "src/argus/contracts/sample/v1/sample_pb2.py").read_text()
    assert "from argus.kernel.v1 import sample_options_pb2" in text
    assert "'argus.contracts.sample.v1.sample_pb2'" in text
    assert "argus/sample/v1/sample.proto" in text
    assert (checkout / "src/argus/kernel/v1/sample_options_pb2.pyi").exists()
    assert proto.check(checkout) == []


def test_a_changed_source_makes_the_generated_code_stale(checkout: Path) -> None:
    proto.write(checkout)
    source = checkout / "proto/argus/sample/v1/sample.proto"
    source.write_text(SAMPLE.replace("string text", "bytes text"))
    stale = proto.check(checkout)
    assert stale
    assert all("contracts/sample/v1/sample_pb2.py" in problem for problem in stale)


def test_generated_code_without_a_source_is_reported_and_removed(checkout: Path) -> None:
    proto.write(checkout)
    (checkout / "proto/argus/sample/v1/sample.proto").unlink()
    assert len(proto.check(checkout)) == 2
    proto.write(checkout)
    assert proto.check(checkout) == []


def test_a_wrong_source_is_reported_in_the_words_of_protoc(checkout: Path) -> None:
    source = checkout / "proto/argus/sample/v1/sample.proto"
    source.write_text(SAMPLE.replace("string text", "strnig text"))
    assert '"strnig" is not defined' in proto.check(checkout)[0]


def test_no_source_at_all_is_a_problem(tmp_path: Path) -> None:
    assert proto.check(tmp_path) == ["proto/ holds no .proto file"]


def test_the_rewritten_modules_import(checkout: Path) -> None:
    proto.write(checkout)
    for package in (".", "contracts", "contracts/sample", "kernel"):
        (checkout / "src/argus" / package / "__init__.py").touch()
    program = "from argus.contracts.sample.v1.sample_pb2 import Ping; print(Ping.__module__)"
    run = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(checkout / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.stdout, run.stderr) == ("argus.contracts.sample.v1.sample_pb2\n", "")
