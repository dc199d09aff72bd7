"""`python -m generator` and the `cfctgen` script."""

from generator.cli import main

if __name__ == "__main__":
    main()
