"""Machines that this one imitates, and the fast part of the tests on two of them."""

import json
import subprocess
import sys

import pytest
from commands import ROOT
from processors import FAILED, PASSED, SKIPPED, outcomes_in, table
from sampling import drawn_from

from benchmarks import machines

SHOWN = """
import json, os, sys
import numpy, scipy.linalg, threadpoolctl
from numpy._core._multiarray_umath import __cpu_features__
loaded = [each for each in threadpoolctl.threadpool_info() if each["user_api"] == "blas"]
print(json.dumps({"blas": sorted({each["architecture"] for each in loaded}),
                  "cores": len(os.sched_getaffinity(0)),
                  "avx2": __cpu_features__.get("X86_V3", __cpu_features__.get("AVX2"))}))
"""


def seen_on(name):
    [machine] = machines.named([name])
    if machine.missing:
        pytest.skip(f"{name}: {machine.missing}")
    done = machine.run([sys.executable, "-c", SHOWN], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def test_a_process_computes_as_the_machine_does():
    oldest = seen_on("oldest")
    assert not oldest["avx2"] and not set(oldest["blas"]) & {"Haswell", "SkylakeX", "Zen"}
    assert seen_on("OpenBLAS Haswell")["blas"] == ["Haswell"]
    assert seen_on("1 core")["cores"] == 1


def test_variables_of_this_process_do_not_reach_another_machine(monkeypatch):
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX2")
    environment = machines.named(["oneDNN off"])[0].environment()
    assert "ONEDNN_MAX_CPU_ISA" not in environment and environment["TF_ENABLE_ONEDNN_OPTS"] == "0"
    assert environment[machines.VARIABLE] == "oneDNN off"


def test_what_a_machine_cannot_imitate_is_said():
    assert "no avx1024" in machines.Machine("x", needs=("avx1024",)).missing
    assert "xx_XX" in machines.Machine("x", locale="xx_XX.utf8").missing
    assert machines.AS_IT_IS.missing == ""
    with pytest.raises(ValueError, match="There are: as it is"):
        machines.named(["abacus"])


SHAKEN = """
import keras, numpy as np
from sklearn.linear_model import LogisticRegression
keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
model.compile("sgd", "mse")
model.fit(np.ones((8, 4)), np.ones((8, 2)), verbose=0)
fitted = LogisticRegression().fit(np.arange(10)[:, None], np.arange(10) > 4)
frozen = model.get_weights()
model.compile(keras.optimizers.Adam(0.0), "mse")
model.fit(np.ones((8, 4)), np.ones((8, 2)), verbose=0)
assert all((a == b).all() for a, b in zip(frozen, model.get_weights())), "moved without a step"
print(*model.get_weights()[0].ravel(), *fitted.coef_.ravel(), keras.random.normal(()).numpy())
"""


@pytest.mark.slow
def test_shaken_numbers_are_off_by_a_millionth_and_nothing_else_changes():
    plain, shaken, again = (
        [
            float(number)
            for number in machine.run(
                [sys.executable, "-c", SHAKEN], stdout=subprocess.PIPE, check=True
            ).stdout.split()
        ]
        for machine in machines.named(["as it is", "shaken", "shaken"])
    )
    *off, drawn = (abs(b / a - 1) for a, b in zip(plain, shaken, strict=True))
    assert 1e-8 < max(off) < 1e-5 and drawn == 0
    assert shaken == again


OTHERS = [each.name for each in machines.imitable()][1:]


@pytest.mark.slow
def test_numbers_hold_on_another_machine():
    """The fast part of `make test-processors`, on one machine, another for every commit.

    Without wrong answers: that they are refused is seen here on this machine, in the same run. And
    without what builds the large networks, which takes longest.
    """
    [machine] = machines.named([drawn_from(OTHERS)])
    left_out = "wrong_answers or untouched or 05_resnet50 or test_backbones or test_choosing"
    selection = ["-m", "numbers and not slow", "-k", f"not ({left_out})"]
    command = [sys.executable, "-m", "pytest", "-q", *selection, "-p", "no:xdist"]
    done = machine.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, f"as on {machine.name}:\n{done.stdout[-6000:]}"


REPORT = """<testsuites><testsuite>
<testcase classname="tests.lessons.test_answers" name="test_right[a]" />
<testcase classname="tests.lessons.test_answers" name="test_right[b]"><failure /></testcase>
<testcase classname="tests.lessons.test_answers" name="test_right[b]" />
<testcase classname="tests.lessons.test_lessons" name="test_runs[06_metrics]" />
<testcase classname="tests.test_x" name="test_y"><skipped /></testcase>
</testsuite></testsuites>"""


def test_the_table_says_what_failed_where(tmp_path):
    (tmp_path / "report.xml").write_text(REPORT)
    outcomes = outcomes_in(tmp_path / "report.xml")
    assert list(outcomes.values()) == [PASSED, FAILED, PASSED, SKIPPED]
    lines = table({"as it is": outcomes, "oldest": {"test_answers::test_right[a]": PASSED}})
    rows = {line[:34].strip(): line[34:].split() for line in lines.splitlines()}
    assert rows["answers"] == ["1/2", "✗", "1"]
    assert rows["lesson 06_metrics"] == ["1", "–"]
    assert "x" not in rows and "2 oldest" in lines
