"""`python -m docs [LESSON …]`: build the site; when lessons are named, run these alone."""

import sys
from pathlib import Path

from course_lib.errors import CourseError
from course_tools.authoring import find_root
from docs.build import build_site


def main() -> None:
    """Build the site into `build/site`."""
    root = find_root(Path.cwd())
    try:
        html = build_site(root, root / "build" / "site", run=sys.argv[1:])
    except CourseError as error:
        sys.exit(f"site: {error}")
    except KeyboardInterrupt:
        sys.exit("site: interrupted. Lessons that have been run are not run again.")
    print(f"Open {html / 'index.html'}")


if __name__ == "__main__":
    main()
