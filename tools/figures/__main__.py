"""`make figures`: measure and write docs/dsp.md."""

import sys

from tools.figures.page import main

sys.exit(main())
