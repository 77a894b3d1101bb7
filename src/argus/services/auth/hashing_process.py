"""Hashes and verifies with argon2id, one request at a time; `password_hasher` runs it as a script.

`python -I hashing_process.py MEMORY_KIB TIME PARALLELISM` reads a JSON line of `{"secret"}` or
`{"secret", "against"}` and answers it by a line with the hash, or with whether it matches. It
imports nothing of Argus, so that it starts fast.
"""

import json
import os
import sys

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

NICENESS = 10
"""Below the servers: validation keeps its latency while passwords are hashed."""


def main(memory_kib: str, time: str, parallelism: str) -> None:
    """Answer until standard input ends."""
    os.nice(NICENESS)
    hasher = PasswordHasher(int(time), int(memory_kib), int(parallelism))
    for line in sys.stdin:
        request = json.loads(line)
        if "against" not in request:
            answer: str | bool = hasher.hash(request["secret"])
        else:
            try:
                answer = hasher.verify(request["against"], request["secret"])
            except VerifyMismatchError:
                answer = False
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
