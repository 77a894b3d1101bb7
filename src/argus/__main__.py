"""`python -m argus` is `argus`."""

from argus.apps.cli import main

if __name__ == "__main__":
    main()
