"""Hashes and verifies slowly, one request at a time; `password_hasher` runs it as a script.

`python -I hashing_process.py MEMORY_KIB TIME PARALLELISM` reads a JSON line of `{"secret"}` or
`{"secret", "against"}` and answers it by a line with the hash, or with whether it matches: by
argon2id, or by bcrypt for API keys, when `"rounds"` is given or `against` is a hash of bcrypt. It
imports nothing of Argus, so that it starts fast.
"""

import json
import os
import sys

import bcrypt
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

NICENESS = 19
"""Below the server: validation keeps its latency while passwords are hashed. Linux compares it
within a session only (autogroups, sched(7)), so a hasher stays in the server's.
"""


def main(memory_kib: str, time: str, parallelism: str) -> None:
    """Answer until standard input ends."""
    os.setpgid(0, 0)  # Ctrl-C is for the server, which ends it
    os.nice(NICENESS)
    hasher = PasswordHasher(int(time), int(memory_kib), int(parallelism))
    for line in sys.stdin:
        answer = _answer(hasher, **json.loads(line))
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _answer(
    hasher: PasswordHasher, secret: str, against: str | None = None, rounds: int | None = None
) -> str | bool:
    if rounds is not None:
        return bcrypt.hashpw(secret.encode(), bcrypt.gensalt(rounds)).decode()
    if against is None:
        return hasher.hash(secret)
    if against.startswith("$2"):
        return bcrypt.checkpw(secret.encode(), against.encode())
    try:
        return hasher.verify(against, secret)
    except VerifyMismatchError:
        return False


if __name__ == "__main__":
    main(*sys.argv[1:])
