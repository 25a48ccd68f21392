"""Samples that another commit draws anew, and that can be drawn again."""

import subprocess

import sampling

THINGS = [f"case {number}" for number in range(400)]


def drawn_by(monkeypatch, name):
    sampling.sample_name.cache_clear()
    monkeypatch.setenv(sampling.VARIABLE, name)
    found = [each for each in THINGS if sampling.is_drawn(each, 4)]
    chosen = sampling.drawn_from(THINGS)
    sampling.sample_name.cache_clear()
    return found, chosen


def test_a_sample_can_be_drawn_again_and_another_name_draws_another(monkeypatch):
    first, again, other = (drawn_by(monkeypatch, name) for name in ("a1b2", "a1b2", "c3d4"))
    assert first == again and first[0] != other[0]
    assert 60 < len(first[0]) < 140


def test_without_a_chosen_name_it_is_the_commit(monkeypatch, root):
    monkeypatch.delenv(sampling.VARIABLE, raising=False)
    sampling.sample_name.cache_clear()
    name = sampling.sample_name()
    sampling.sample_name.cache_clear()
    head = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, cwd=root)
    assert head.stdout.startswith(name) if head.returncode == 0 else name == "no commit"
