"""Searching Chinese text, which has no spaces between its words.

Sphinx's own way needs a dictionary of words. Here, each character and each pair of neighbours
counts as a word, in the index and in what a reader types: a page is found when it has all pairs.
"""

import re

from sphinx.application import Sphinx
from sphinx.search.en import SearchEnglish

_HAN_OR_WORD = re.compile(r"[\u3400-\u9fff]+|[^\W\u3400-\u9fff]+")
# The same as `Chinese.split`, but for single characters where there are pairs.
_SPLIT_QUERY = r"""
var splitQuery = (query) =>
  (query.match(/[\u3400-\u9fff]+|(?:(?![\u3400-\u9fff])[\p{L}\p{N}_])+/gu) || []).flatMap((run) =>
    /[\u3400-\u9fff]{2}/.test(run)
      ? [...run].slice(1).map((character, position) => run[position] + character)
      : [run]
  );
"""


class Chinese(SearchEnglish):
    """Chinese with English words in it; only these have stems."""

    lang = "zh"
    js_splitter_code = _SPLIT_QUERY

    def split(self, input: str) -> list[str]:
        """Return the words of a text: English ones, Chinese characters, and pairs of these."""
        words = []
        for run in _HAN_OR_WORD.findall(input):
            if "\u3400" <= run[0] <= "\u9fff":
                words += [*run, *map("".join, zip(run, run[1:], strict=False))]
            else:
                words.append(run)
        return words


def setup(app: Sphinx) -> dict:
    """Let Sphinx search Chinese in this way."""
    app.add_search_language(Chinese)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
