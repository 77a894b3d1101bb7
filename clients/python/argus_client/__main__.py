"""`python -m argus_client check`: is this service set up right?"""

import sys

from argus_client.check import check

USAGE = """usage: python -m argus_client check

Looks whether the settings in the environment are right, asks Argus, and says what to do.
Variables: ARGUS_URL; ARGUS_CLIENT_ID with ARGUS_CLIENT_SECRET or ARGUS_CLIENT_KEY_FILE, or
ARGUS_API_KEY; ARGUS_AUDIENCE, ARGUS_ISSUER and ARGUS_SERVICE where the defaults do not fit.
"""


def main() -> int:
    """Print what was found; 0 if nothing is wrong, 1 if something is, 2 for a wrong command."""
    if sys.argv[1:] != ["check"]:
        sys.stderr.write(USAGE)
        return 2
    found = check()
    for finding in found:
        sys.stdout.write(f"{finding.level:<8} {finding.subject}: {finding.message}\n")
    return 1 if any(finding.level == "error" for finding in found) else 0


if __name__ == "__main__":
    sys.exit(main())
