"""The generated protobuf modules are what `proto/` generates.

`proto/argus/<service>/v1/*.proto` (package `argus.<service>.v1`) becomes `*_pb2.py` and `*_pb2.pyi`
in `src/argus/contracts/<service>/v1/`. `proto/argus/kernel/v1/` alone becomes
`src/argus/kernel/v1/`: the kernel may not import the contracts, and its method options are its own.

protoc names Python modules after the path of the .proto file, which is not where a service's
contract lives; so the module names inside the generated code (imports, and the `__module__` of the
messages) are rewritten, and nothing else. Names on the wire and in the descriptor pool stay those
of the .proto files.
"""

import importlib.resources
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from checks import generated

SOURCES = Path("proto")
PACKAGE = Path("src/argus")
_GENERATED = f"{PACKAGE}/**/*_pb2.py*"
_MODULE = re.compile(r"(^from |DESCRIPTOR, ')argus\.(?!kernel\.)(?=\w+\.v\d)", re.MULTILINE)


class ProtocError(Exception):
    """protoc refused the sources; the message is its own."""


def generate(root: Path) -> dict[Path, str]:
    """Return the text of every generated file by its path relative to `root`.

    Raises:
        ProtocError: a .proto file is wrong, or there is none.
    """
    sources = sorted((root / SOURCES).rglob("*.proto"))
    if not sources:
        raise ProtocError(f"{SOURCES}/ holds no .proto file")
    well_known = importlib.resources.files("grpc_tools") / "_proto"
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{SOURCES}", f"-I{well_known}"]
        command += [f"--python_out={folder}", f"--pyi_out={folder}"]
        command += [str(source.relative_to(root)) for source in sources]
        run = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        if run.returncode:
            raise ProtocError(run.stderr.strip())
        files: dict[Path, str] = {}
        for made in sorted(Path(folder).rglob("*_pb2.py*")):
            path = _home(made.relative_to(folder))
            files[path] = _MODULE.sub(r"\1argus.contracts.", made.read_text())
            files.setdefault(path.parent / "__init__.py", "")
        return files


def check(root: Path) -> list[str]:
    """Report generated files that are missing, stale, or without a source."""
    try:
        wanted = generate(root)
    except ProtocError as error:
        return [str(error)]
    return generated.stale(root, wanted, "make proto") + [
        f"{path} has no source in {SOURCES}/: run `make proto`"
        for path in generated.orphans(root, wanted, _GENERATED)
    ]


def write(root: Path) -> None:
    """Bring the generated files in line with the sources.

    Raises:
        ProtocError: a .proto file is wrong, or there is none; nothing is written.
    """
    wanted = generate(root)
    generated.write(root, wanted, generated.orphans(root, wanted, _GENERATED))


def _home(made: Path) -> Path:
    """Map protoc's `argus/<service>/v1/x_pb2.py` to its place in the source tree."""
    _, service, *rest = made.parts
    return PACKAGE.joinpath(*([] if service == "kernel" else ["contracts"]), service, *rest)
