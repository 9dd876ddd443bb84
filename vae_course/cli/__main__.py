"""`python -m vae_course.cli`, where the command itself is not on the path."""

import sys

from vae_course.cli.main import main

sys.exit(main())
