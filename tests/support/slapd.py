"""OpenLDAP's server from Debian's packages, unpacked below the cache folder: nothing is installed,
and root is not needed.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from support.certificates import certify
from support.upstreams import CACHE, held_port, running, wait_for_port

BASE = "dc=example,dc=com"
CAN_BE_HAD = Path("/usr/sbin/slapd").exists() or shutil.which("apt-get") is not None
_PASSWORD = "the lookup's own"
_CONFIGURATION = """
include {schema}/core.schema
include {schema}/cosine.schema
include {schema}/inetorgperson.schema
modulepath {modules}
moduleload back_mdb
pidfile {folder}/slapd.pid
argsfile {folder}/slapd.args
TLSCertificateFile {folder}/certificate.pem
TLSCertificateKeyFile {folder}/key.pem
disallow bind_anon
database mdb
maxsize 10485760
suffix "{base}"
rootdn "cn=admin,{base}"
rootpw {password}
directory {folder}
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="cn=admin,{base}" read by * none
"""
_PEOPLE = """
dn: {base}
objectClass: domain
dc: example

dn: uid=ada,{base}
objectClass: inetOrgPerson
uid: ada
cn: Ada Lovelace
sn: Lovelace
mail: ada@example.com
userPassword: ada's password

dn: uid=bob,{base}
objectClass: inetOrgPerson
uid: bob
cn: Bob
sn: Bob
userPassword: bob's password

dn: uid=twin1,{base}
objectClass: inetOrgPerson
uid: twin1
uid: twin
cn: One
sn: One
mail: one@example.com
userPassword: same

dn: uid=twin2,{base}
objectClass: inetOrgPerson
uid: twin2
uid: twin
cn: Two
sn: Two
mail: two@example.com
userPassword: same
"""


@dataclass(frozen=True)
class Slapd:
    """A running server; `certificate` is its own authority."""

    port: int
    tls_port: int
    certificate: Path

    @property
    def settings(self) -> dict[str, object]:
        """Of the directory as a provider of Argus, with StartTLS."""
        return {
            "kind": "ldap",
            "url": f"ldap://127.0.0.1:{self.port}",
            "ca_file": str(self.certificate),
            "bind_dn": f"cn=admin,{BASE}",
            "bind_password": _PASSWORD,
            "base_dn": BASE,
            "email_is_proof": True,
            "sign_up": True,
        }


@contextmanager
def slapd() -> Iterator[Slapd]:
    """A directory with Ada, Bob who has no mail address, and two who share a user name."""
    root = _unpacked()
    libraries = sorted({str(path.parent) for path in root.rglob("lib*.so.*")})
    environment = {**os.environ, "LD_LIBRARY_PATH": ":".join(libraries)}
    program = str(root / "usr/sbin/slapd")
    with (
        tempfile.TemporaryDirectory() as scratch,
        held_port() as port,
        held_port() as tls_port,
    ):
        folder = Path(scratch)
        certificate, _ = certify(folder, "127.0.0.1")
        configuration, people = folder / "slapd.conf", folder / "people.ldif"
        configuration.write_text(
            _CONFIGURATION.format(
                schema=root / "etc/ldap/schema",
                modules=root / "usr/lib/ldap",
                folder=folder,
                base=BASE,
                password=f'"{_PASSWORD}"',
            )
        )
        people.write_text(_PEOPLE.format(base=BASE))
        load = [program, "-T", "add", "-f", str(configuration), "-l", str(people)]
        subprocess.run(load, env=environment, check=True, timeout=120)
        addresses = f"ldap://127.0.0.1:{port}/ ldaps://127.0.0.1:{tls_port}/"
        serve = [program, "-d", "0", "-f", str(configuration), "-h", addresses]
        with running(serve, env=environment):
            wait_for_port(port)
            wait_for_port(tls_port)
            yield Slapd(port, tls_port, certificate)


def _unpacked() -> Path:
    """The root below which OpenLDAP's files are."""
    if Path("/usr/sbin/slapd").exists():
        return Path("/")
    folder = CACHE / "slapd"
    if folder.is_dir():
        return folder
    CACHE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
        # Lists of one's own: the machine's are locked while another one reads the news.
        lists = [f"-oDir::State::Lists={scratch}/lists", f"-oDir::Cache={scratch}/cache"]
        lists += ["-oAPT::Sandbox::User=root", "-qq"]
        (Path(scratch) / "lists/partial").mkdir(parents=True)
        (Path(scratch) / "cache/archives/partial").mkdir(parents=True)
        _run("apt-get", *lists, "update", cwd=scratch)
        listed = _run("apt-cache", *lists, "depends", "--no-recommends", "slapd", cwd=scratch)
        needed = [line.split()[1] for line in listed.splitlines() if "Depends: lib" in line]
        _run("apt-get", *lists, "download", "slapd", *needed, cwd=scratch)
        made = Path(scratch) / "root"
        for package in Path(scratch).glob("*.deb"):
            _run("dpkg", "-x", str(package), str(made), cwd=scratch)
        try:
            made.rename(folder)
        except OSError:
            if not folder.is_dir():  # another test process was quicker
                raise
    return folder


def _run(*command: str, cwd: str) -> str:
    found = subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True, timeout=90)
    return found.stdout
