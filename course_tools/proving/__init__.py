"""Proof that the checks accept every right answer and refuse wrong ones and mutants."""

from course_tools.proving.cases import Case
from course_tools.proving.proof import NEEDED_SHARE, Proof, proofs, prove

__all__ = ["Case", "NEEDED_SHARE", "Proof", "proofs", "prove"]
