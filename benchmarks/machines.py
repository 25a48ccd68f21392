"""Imitations of other processors, with what differs between learners' machines.

Vector width, fused multiply-add, the number of threads and the kernels of oneDNN, NumPy and
OpenBLAS change the last digits of what is computed, which a training or a choice can turn into a
visible difference. Each machine here is a set of environment variables (and a number of cores) that
has to be set before the first import, so what is to be measured runs in a process of its own:

    machine.run([sys.executable, "-m", "pytest", "-m", "numbers"])

For what no variable imitates, such as macOS or a graphics card, `shaken` stands in: it adds a
random relative error of 1e-6 to what a training step has moved, and to every fitted linear model
(`benchmarks/shaken/sitecustomize.py`).
"""

import functools
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# NumPy 2.4 names levels of x86-64, older versions single features; unknown names are ignored.
_AVX512_OF_NUMPY = "X86_V4 AVX512_ICL AVX512_SPR AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL"
_AVX2_OF_NUMPY = f"{_AVX512_OF_NUMPY} X86_V3 AVX2 FMA3"
_ROOT = Path(__file__).parents[1]
_SHAKEN = Path(__file__).with_name("shaken")
# Names the machine that a process is to imitate.
VARIABLE = "COURSE_MACHINE"


@dataclass(frozen=True)
class Machine:
    """A machine that this one can imitate.

    Attributes:
        name: its name in tables.
        variables: environment variables that make this machine behave like it.
        cores: how many cores a process may use; all when None.
        needs: features of the processor, as in /proc/cpuinfo, without which nothing would change.
        locale: a locale that has to be installed.
    """

    name: str
    variables: Mapping[str, str] = field(default_factory=dict)
    cores: int | None = None
    needs: tuple[str, ...] = ()
    locale: str | None = None

    @property
    def missing(self) -> str:
        """Why it can't be imitated here; "" if it can."""
        lacking = [each for each in self.needs if each not in _features()]
        if lacking:
            return f"this processor has no {', '.join(lacking)}"
        if self.cores and not hasattr(os, "sched_setaffinity"):
            return "this system does not limit the cores of a process"
        if self.locale and self.locale not in _locales():
            return f"the locale {self.locale} is not installed"
        return ""

    def environment(self) -> dict[str, str]:
        """Return this process's environment with the machine's variables in it."""
        environment = {k: v for k, v in os.environ.items() if k not in _ALL_VARIABLES}
        return environment | dict(self.variables) | {VARIABLE: self.name}

    def run(
        self, command: Sequence[str], more: Mapping[str, str] | None = None, **options: Any
    ) -> subprocess.CompletedProcess:
        """Run a command as on this machine.

        Args:
            command: program and arguments.
            more: further environment variables.
            **options: those of `subprocess.run`.
        """
        environment = self.environment() | dict(more or {})
        return subprocess.run(command, env=environment, preexec_fn=self._limit, **options)

    def measure(self, module: str, *arguments: str) -> Any:
        """Run a module, such as `"benchmarks.spread"`, as on this machine.

        Returns:
            The last line that it prints, read as JSON.
        """
        command = [sys.executable, "-m", module, *arguments]
        done = self.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=_ROOT)
        return json.loads(done.stdout.splitlines()[-1])

    def _limit(self) -> None:
        if self.cores:
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: self.cores])


def _threads(count: int) -> dict[str, str]:
    names = ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    return dict.fromkeys(names, str(count))


_OLDEST = {
    "ONEDNN_MAX_CPU_ISA": "SSE41",
    "NPY_DISABLE_CPU_FEATURES": _AVX2_OF_NUMPY,
    "OPENBLAS_CORETYPE": "Prescott",
}

AS_IT_IS = Machine("as it is")
OLDEST = Machine("oldest", _OLDEST)
MACHINES = (
    AS_IT_IS,
    OLDEST,
    Machine("oneDNN SSE4.1", {"ONEDNN_MAX_CPU_ISA": "SSE41"}),
    Machine("oneDNN AVX", {"ONEDNN_MAX_CPU_ISA": "AVX"}, needs=("avx",)),
    Machine("oneDNN AVX2", {"ONEDNN_MAX_CPU_ISA": "AVX2"}, needs=("avx2",)),
    Machine("oneDNN off", {"TF_ENABLE_ONEDNN_OPTS": "0"}),
    Machine(
        "NumPy without AVX-512",
        {"NPY_DISABLE_CPU_FEATURES": _AVX512_OF_NUMPY},
        needs=("avx512f",),
    ),
    Machine("NumPy without AVX2", {"NPY_DISABLE_CPU_FEATURES": _AVX2_OF_NUMPY}, needs=("avx2",)),
    Machine("OpenBLAS Prescott", {"OPENBLAS_CORETYPE": "Prescott"}),
    Machine("OpenBLAS Haswell", {"OPENBLAS_CORETYPE": "Haswell"}, needs=("avx2",)),
    Machine("OpenBLAS Zen", {"OPENBLAS_CORETYPE": "Zen"}, needs=("avx2",)),
    Machine("OpenBLAS SkylakeX", {"OPENBLAS_CORETYPE": "SkylakeX"}, needs=("avx512f",)),
    Machine("1 core", cores=1),
    Machine("4 threads", _threads(4)),
    Machine("8 threads", _threads(8)),
    Machine(
        "Turkish, hash seed 1",
        {"LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "1"},
        locale="tr_TR.utf8",
    ),
    Machine("shaken", {"PYTHONPATH": str(_SHAKEN), "COURSE_SHAKEN": "1e-6"}),
)
# The names of those that differ most from each other, for what can't be repeated on all of them.
MOST_DIFFERENT = (AS_IT_IS.name, OLDEST.name, "oneDNN AVX", "oneDNN off", "shaken")
_ALL_VARIABLES = {name for machine in MACHINES for name in machine.variables}


def named(names: Sequence[str]) -> list[Machine]:
    """Return machines by their names.

    Raises:
        ValueError: a name is unknown.
    """
    known = {machine.name: machine for machine in MACHINES}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(f"No machine {', '.join(unknown)}. There are: {', '.join(known)}.")
    return [known[name] for name in names]


def imitable(machines: Sequence[Machine] = MACHINES) -> list[Machine]:
    """Return those that can be imitated here."""
    return [machine for machine in machines if not machine.missing]


@functools.cache
def _features() -> frozenset[str]:
    """Return the features of this processor; where they can't be read, all that machines need."""
    described = Path("/proc/cpuinfo")
    if not described.is_file():
        return frozenset(each for machine in MACHINES for each in machine.needs)
    lines = described.read_text(encoding="utf-8").splitlines()
    return frozenset(
        feature
        for line in lines
        if line.startswith(("flags", "Features"))
        for feature in line.partition(":")[2].split()
    )


@functools.cache
def _locales() -> frozenset[str]:
    if sys.platform == "win32":
        return frozenset()
    return frozenset(
        subprocess.run(["locale", "-a"], capture_output=True, text=True).stdout.split()
    )
