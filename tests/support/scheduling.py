"""How `make test` shares the tests among its processes: whole files, the longest first.

What the tests of a file share, such as the built site, is then made once and not in every process.
Where they share little and the file takes minutes, each test is handed out by itself.
"""

# Tests that may each run in another process than the rest of their file.
APART = (
    "test_a_solved_lesson_runs",
    "test_the_checks_are_proved",
    "test_the_script_measures_every_method",
    "test_numbers_hold_on_another_machine",
    "test_pip_can_install_its_part",
    "test_the_last_open_exercise",
    "test_lesson_00_in_the_dark_theme",
)
# What takes minutes, in the order in which it is started: at the end it would leave the other
# processes without work. The rest follows in the order of its files.
LONGEST = (
    "test_the_checks_are_proved",
    "test_site.py",
    "test_demo.py",
    "test_rehearsal.py",
    "test_numbers_hold_on_another_machine",
    "test_a_solved_lesson_runs",
    "test_needed.py",
    "test_answers.py",
    "test_colab.py",
    "test_browser_",
    "test_attacks.py",
    "test_the_script_measures_every_method",
    "test_pip_can_install_its_part",
    "test_lessons.py",
)


def place(nodeid: str) -> int:
    """Return where a test stands among those that are started first; sort by it."""
    return next((i for i, name in enumerate(LONGEST) if name in nodeid), len(LONGEST))


def unit(nodeid: str) -> str:
    """Return the name of what is handed to one process as a whole and holds this test."""
    file, _, test = nodeid.partition("::")
    return nodeid if test.startswith(APART) else file
