"""Proof that the checks accept every right answer and refuse wrong ones and mutants."""

from course_tools.proving.proof import NEEDED_SHARE, Case, Proof, proofs, prove

__all__ = ["Case", "NEEDED_SHARE", "Proof", "proofs", "prove"]
