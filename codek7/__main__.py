"""`python -m codek7`."""

from codek7.cli import main

if __name__ == "__main__":
    main()
