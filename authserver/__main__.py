"""`python -m authserver` is the console script `authserver`."""

import sys

from authserver.factory import main

if __name__ == "__main__":
    sys.exit(main())
