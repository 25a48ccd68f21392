"""The proof that checks grade: on a tiny lesson whose checks have known holes."""

import ast
import json
import shutil

import pytest
from commands import course

from course_lib.errors import CourseError
from course_tools.authoring import read_lesson
from course_tools.grading.marking import RunOptions
from course_tools.grading.notebooks import code_alone, course_files, imported_modules
from course_tools.proving import cases, proofs, prove
from course_tools.proving import proof as proving
from course_tools.proving.message_rules import shortcomings
from course_tools.proving.mutants import mutants

LESSON = '''\
# %% [markdown]
# # 90 · Tiny

# %%
helper_number = 1

# %% solution="share"
def share(part, whole):
    """Return the share of a part."""
    ### BEGIN SOLUTION
    if whole <= 0:
        return 0.0
    return part / whole
    ### END SOLUTION

# %% checks="share" points=2
from course_lib import checks

with checks.exercise("Exercise 1"):
    why = "part and whole changed places, or the number stands in the code."
    checks.close(share(1, 4), 0.25, "share(1, 4)", otherwise=why)
    ### BEGIN HIDDEN TESTS
    checks.close(share(3, 4), 0.75, "share(3, 4)", otherwise=why)
    checks.close(share(3, 0), 0.0, "share(3, 0)")
    ### END HIDDEN TESTS
'''
ANSWERS = {
    "right_reversed": "def share(part, whole):\n    return 0.0 if whole == 0 else part / whole",
    "wrong_inverse": "def share(part, whole):\n    return whole / part",
    "wrong_hard_coded": "def share(part, whole):\n    return 0.25",
}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "90_tiny.py").write_text(LESSON, encoding="utf-8")
    place = tmp_path / "answers" / "90_tiny" / "share"
    place.mkdir(parents=True)
    for name, text in ANSWERS.items():
        (place / f"{name}.py").write_text(text)
    return tmp_path


def run(folder, **more):
    lesson = read_lesson(folder / "90_tiny.py")
    [proof] = prove(
        lesson,
        folder / "answers",
        folder / "verdicts",
        options=RunOptions(jobs=1, sandbox="none"),
        **more,
    )
    return proof


def test_right_and_wrong_answers_and_mutants_are_told_apart_and_kept(folder, monkeypatch):
    proof = run(folder)
    assert (proof.right, proof.wrong) == (2, 2) and not proof.refused and not proof.accepted
    # The checks never ask for a negative number, nor for 1, nor for what stands at the limit.
    assert proof.survived and not proof.holds
    assert proof.seeds == cases.SEEDS - 1 and not proof.unlucky and not proof.unclear
    assert any("<= 0 → whole < 0" in name or "0 → 1" in name for name in proof.survived)

    def judge_nothing(cases, options):
        assert not cases, f"judged again: {cases}"
        return iter(())

    monkeypatch.setattr(proving, "_judge_all", judge_nothing)
    assert run(folder) == proof, "what is known is not judged again"
    assert proofs(read_lesson(folder / "90_tiny.py"), folder / "answers", folder / "verdicts") == [
        proof
    ]


def test_equivalent_mutants_are_declared_with_a_reason_and_no_others(folder):
    survived = run(folder).survived
    declared = folder / "answers" / "90_tiny" / "share" / "equivalent.json"
    declared.write_text(json.dumps(dict.fromkeys(survived, "the task says that shares are ≥ 0")))
    proof = run(folder)
    assert proof.holds and proof.equivalent == len(survived)
    declared.write_text(json.dumps({"line 1: a → b": "there is no such mutant in this lesson"}))
    assert run(folder).undeclared == ["line 1: a → b"] and not run(folder).holds
    declared.write_text(json.dumps(dict.fromkeys(survived, "")))
    with pytest.raises(CourseError, match="reason for each mutant"):
        run(folder)


def test_holes_in_the_checks_are_found(folder):
    place = folder / "answers" / "90_tiny" / "share"
    (place / "wrong_visible_only.py").write_text(
        "def share(part, whole):\n    return [0.25, 0.75, 0.0][part // 2 if whole else 2]"
    )
    (place / "right_strict.py").write_text("def share(part, whole):\n    return part / whole")
    proof = run(folder)
    assert proof.accepted == ["wrong_visible_only"]
    assert [each.split(":")[0] for each in proof.refused] == ["right_strict"]
    assert not proof.holds and len(proof.problems()) >= 3


QUOTED = [
    "hint 2 gives `part / (whole + helper_number - 1)` away",
    "hint 2 gives `whole + helper_number - 1` away",
]


def test_a_hint_that_quotes_the_solution_is_found_but_the_third_may(folder):
    solution = "return part / whole"
    longer = "return part / (whole + helper_number - 1)"
    source = folder / "90_tiny.py"
    quoting = "the quotient `part / (whole +\n# helper_number - 1)`"
    for hints, telling in (
        (["What is a share?", quoting], QUOTED),
        (["What is a share?", "Divide.", quoting], []),
    ):
        cell = "\n#\n".join(f"# {hint}" for hint in hints)
        text = LESSON.replace(solution, longer).replace(
            '# %% solution="share"',
            f'# %% [markdown] hints="share"\n{cell}\n\n# %% solution="share"',
        )
        source.write_text(text, encoding="utf-8")
        proof = run(folder)
        assert proof.telling == telling
        assert [line for line in proof.problems() if "hint" in line] == [
            f"90_tiny/share: {each}" for each in telling
        ]


def test_a_message_without_a_cause_and_bad_luck_are_found(folder):
    luck = '    checks.true(checks.fresh_random().random() < 0.7, "luck", "x")\n'
    end = "    ### END HIDDEN"
    text = LESSON.replace(", otherwise=why", "").replace(end, luck + end)
    (folder / "90_tiny.py").write_text(text, encoding="utf-8")
    proof = run(folder)
    assert proof.unclear == [
        f"{name}: it names no likely cause" for name in ("wrong_hard_coded", "wrong_inverse")
    ]
    assert 0 < len(proof.unlucky) < proof.seeds
    assert proof.unlucky[0].startswith("reference solution, seed ")
    assert not proof.holds and any("by bad luck" in line for line in proof.problems())


@pytest.mark.parametrize(
    ("message", "missing"),
    [
        ("✗ Exercise 1: share(1, 4) gave 4, which is not right.\n  Likely cause: upside down.", []),
        ("✗ Exercise 1: your code raised ValueError: nothing\n  at: line 3 of the cell", []),
        ("✗ Exercise 1: your code raised ValueError: nothing\n  at: line 3 of the cell: return "
         "np.asarray(part) / np.asarray(whole)", []),
        ("✗ Exercise 1: wrong.\n  Likely cause: upside down.", ["names no symptom"]),
        ("✗ Exercise 1: share(1, 4) gave 4, which is not right.", ["names no likely cause"]),
        ("✗ Exercise 1: share(1, 4) gave 4, which is not right.\n  Likely cause: write "
         "np.asarray(part) / np.asarray(whole).", ["gives `np.asarray(part) / np.asarray(whole)`"]),
        ("✗ Exercise 1: share(1, 4) gave 4, not right.\n  Likely cause: x." + "\n  File" * 30,
         ["longer than a glance"]),
    ],
)  # fmt: skip
def test_what_a_message_lacks(message, missing):
    found = shortcomings(message, "def f(part):\n    return np.asarray(part) / np.asarray(whole)")
    assert len(found) == len(missing)
    assert all(part in text for part, text in zip(missing, found, strict=True))


def test_a_change_of_the_exercise_makes_its_verdicts_stale_and_prose_does_not(folder):
    run(folder)
    source = folder / "90_tiny.py"
    source.write_text(LESSON.replace("Tiny", "Tiny, in other words"), encoding="utf-8")
    lesson = read_lesson(source)
    assert proofs(lesson, folder / "answers", folder / "verdicts")
    source.write_text(LESSON.replace("share(3, 4)", "share(6, 8)"), encoding="utf-8")
    with pytest.raises(CourseError, match="has changed since it was proved.*course prove 90_tiny"):
        proofs(read_lesson(source), folder / "answers", folder / "verdicts")


@pytest.mark.skipif(not shutil.which("bwrap"), reason="bubblewrap is missing")
def test_instructors_prove_lessons_of_their_own(folder):
    command = ("prove", folder / "90_tiny.py", "--answers", folder / "answers", "--jobs", 1)
    run = course(*command, cwd=folder)
    assert run.returncode == 1 and "90_tiny/share: mutant survived: line" in run.stdout, run.stderr
    assert (folder / "answers" / "verdicts" / "90_tiny.json").is_file()
    lines = [line for line in run.stdout.splitlines() if "survived: " in line]
    reason = "the task says that shares are ≥ 0"
    survived = {line.split("survived: ")[1]: reason for line in lines}
    (folder / "answers/90_tiny/share/equivalent.json").write_text(json.dumps(survived))
    run = course(*command, cwd=folder)
    assert run.returncode == 0 and "2/2" in run.stdout, run.stdout + run.stderr


def test_an_exercise_without_answers_is_refused(folder):
    (folder / "answers" / "90_tiny" / "share" / "right_reversed.py").unlink()
    with pytest.raises(CourseError, match="needs right_.* and wrong_"):
        run(folder)


# -- mutants ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f(a):\n    return a < 3", {"a <= 3", "a < 4", "pass"}),
        ("def f(a, b):\n    return g(a, b, 0.5)", {"g(b, a, 0.5)", "g(a, b, 1.5)", "pass"}),
        ("def f(a):\n    a += 1\n    return not a", {"a -= 1", "a += 2", "not not a", "pass"}),
        ("def f(a, b):\n    return a and b", {"a or b", "pass"}),
        ("def f(x):\n    return x.mean(axis=-1, keepdims=True)", {
            "axis=+1", "axis=-2", "keepdims=False", "pass"}),
        ("def f(x):\n    return x[1:] ** 2 // 3", {"x[1:] * 2", "* 3", "// 4", "x[2:]", "pass"}),
    ],
)  # fmt: skip
def test_each_operator_makes_its_mutants(source, expected):
    found = mutants(source)
    for text in expected:
        assert any(text in mutant.source for mutant in found), (text, [m.source for m in found])
    assert len({mutant.name for mutant in found}) == len({m.source for m in found}) == len(found)


def test_mutants_are_programs_that_differ_from_the_solution_and_leave_text_alone():
    source = 'def f(a):\n    """Doc 1."""\n    raise ValueError("at least 1")\n'
    assert [m.name for m in mutants(source)] == ["line 3: without raise ValueError('at least 1')"]
    assert mutants("def f():\n    pass") == [] == mutants("")
    for mutant in mutants("def f(a):\n    for i in range(2):\n        a = -a\n    return a"):
        ast.parse(mutant.source)
    with pytest.raises(SyntaxError):
        mutants("def f(:")


def test_imports_are_read_off_the_text():
    code = (
        "import numpy as np\nfrom course_lib import data, plots\nfrom course_lib.plumbing import x"
    )
    assert imported_modules(code) == {
        "numpy",
        "course_lib.data",
        "course_lib.plots",
        "course_lib.plumbing",
    }
    assert imported_modules("%matplotlib inline") == set() == imported_modules("import (")
    assert imported_modules("%matplotlib inline\nimport keras") == {"keras"}
    assert imported_modules("%%time\nimport keras\n!ls") == {"keras"}
    files = course_files([code])
    assert {"course_lib.data", "course_lib.errors", "course_lib.assets"} <= set(files)
    assert all(path.is_file() for path in files.values())


MODULE = '''"""Says {0}"""

class A:
    """Says {0}"""

    def f(self):
        """Says {0}"""
        text = """no docstring"""
        return text
'''


def test_words_about_code_are_no_reason_to_judge_again_and_other_code_is():
    short = MODULE.format("one line.")
    assert code_alone(short) == code_alone(MODULE.format("a line.\n\n    And more.\n    "))
    assert code_alone(short) == code_alone(f"# Why.\n\n{short}  # here")
    assert "no docstring" in code_alone(short)
    assert code_alone(short) != code_alone(short.replace("return text", "return None"))
    assert code_alone(short) != code_alone(short.replace("no docstring", "other text"))
    assert code_alone('def f():\n    """Says it."""') == "def f():\n    pass"
    assert code_alone("%matplotlib inline  # why") == "%matplotlib inline  # why"


@pytest.mark.parametrize(
    ("before", "after", "is_judged_again"),
    [
        ("helper_number = 1", "helper_number = 2  # which no exercise needs", False),
        ("    if whole <= 0:", "    # Nothing is no part.\n    if whole <= 0:", False),
        ("from course_lib import checks", "# A title\nfrom course_lib import checks", False),
        ("share(1, 4), 0.25", "share(2, 8), 0.25", True),
        ("points=2", "points=3", True),
        ("    ### BEGIN HIDDEN TESTS\n    checks.close(share(3, 4)",
         "    checks.close(share(3, 4)", True),
    ],
)  # fmt: skip
def test_a_case_is_judged_again_when_something_changes_that_its_verdict_depends_on(
    folder, before, after, is_judged_again
):
    def key_of_reference():
        found = cases.cases_of(read_lesson(folder / "90_tiny.py"), folder / "answers" / "90_tiny")
        return next(case.key for case in found if case.name == cases.REFERENCE)

    assert LESSON.count(before) == 1
    key = key_of_reference()
    changed = LESSON.replace(before, after)
    if after.startswith("    checks"):
        changed = changed.replace(
            "checks.close(share(3, 0)", "### BEGIN HIDDEN TESTS\n    checks.close(share(3, 0)"
        )
    (folder / "90_tiny.py").write_text(changed, encoding="utf-8")
    assert (key_of_reference() != key) == is_judged_again
