"""How a page of feedback looks and what it says; all of its words are in the first three tables."""

from course_tools.grading.record import Verdict

TEXT = {
    "language": "en",
    "title": "Feedback",
    "question": "Question",
    "result": "Result",
    "points": "Points",
    "remark": "Remark",
    "of": "of",
    "points_reached": "Points",
    "points_so_far": "Points so far",
    "waiting": "Some answers are waiting for a person, so the points are not final.",
    "due": "Due",
    "received": "Received",
    "late_by": "Late by",
    "score_before": "Points before the deduction",
    "late_penalty": "Deducted for being late",
    "score_after": "Points after the deduction",
    "unreadable": "The file that was handed in can't be read as a notebook, so there is nothing to "
    "show. Open it in Jupyter; if that fails, hand in a copy that opens.",
    "no_notebook": "The marked notebook no longer exists; this is what was recorded.",
    "your_answer": "Your answer",
    "your_cell": "Your own cell",
    "tests": "Tests",
    "hidden_tests": "There are hidden tests besides these.",
    "check_says": "The check says",
    "comment": "Comment",
    "left_out_hidden": "This output is left out: it quotes a hidden test.",
    "left_out_kind": "This output can't be shown here",
    "hidden": "[hidden test]",
    "cut": "… the rest is left out.",
    "days": "d",
    "hours": "h",
    "minutes": "min",
}

# What became of a question, by its points.
RESULTS = {
    "full": "right",
    "partial": "partly right",
    "none": "no points",
    "person": "marked by a person",
    "undecided": "not decided yet",
}

# What became of a question that has no points yet, by the ledger's verdict.
UNDECIDED: dict[Verdict | None, str] = {
    Verdict.CRASHED: "the code ended its process; a person decides",
    Verdict.TIMEOUT: "took too long; a person decides",
    Verdict.MISSING: "no answer was found; a person decides",
    Verdict.TAMPERED: "a person decides",
    Verdict.UNREADABLE: "the file can't be read",
    Verdict.NEEDS_HUMAN: "a person decides",
}

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1b1b1b; background: #fff;
       max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { border: 1px solid #aaa; padding: .25rem .6rem; text-align: left; vertical-align: top; }
td.number, th.number { text-align: right; white-space: nowrap; }
pre { font: 14px/1.4 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere;
      margin: 0; unicode-bidi: isolate; }
img { max-width: 100%; height: auto; }
.source { background: #f5f5f5; border-left: 4px solid #aaa; padding: .5rem .75rem;
          margin: .5rem 0; }
.source.theirs { border-left-color: #0b5cad; }
.written.theirs { border-left: 4px solid #0b5cad; padding: .1rem .75rem; margin: .5rem 0; }
.output { padding: .25rem .75rem; margin: .25rem 0 .25rem 1rem; overflow-x: auto;
          border-left: 1px dotted #aaa; contain: content; unicode-bidi: isolate; }
.result { border: 2px solid #555; border-radius: 4px; padding: .5rem .75rem;
          margin: .75rem 0 2rem; }
.label { font-size: .85rem; color: #444; margin: .75rem 0 0; }
.note { font-style: italic; color: #444; }
@media print { body { max-width: none; } .result, .source { break-inside: avoid; } }
"""

# `policy` forbids everything but the page's own style and embedded pictures: a second line of
# defence behind the sanitizing of what learners wrote.
TEMPLATE = """<!DOCTYPE html>
<html lang="{{ text.language }}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{{ policy }}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ text.title }}: {{ mark.lesson }}, {{ mark.student }}</title>
<style>{{ style }}</style>
</head>
<body>
<h1>{{ text.title }}: {{ mark.lesson }}</h1>
<p>{{ mark.student }}</p>
{% if is_unreadable %}<p class="result">{{ text.unreadable }}</p>{% endif %}
<table>
<thead><tr><th>{{ text.question }}</th><th>{{ text.result }}</th>
<th class="number">{{ text.points }}</th><th>{{ text.remark }}</th></tr></thead>
<tbody>
{% for question in questions %}<tr><td>{{ question.id }}</td><td>{{ question.result }}</td>
<td class="number">{{ question.points }}</td>
<td>{% if question.message %}<pre>{{ question.message }}</pre>{% endif %}\
{{ question.comment }}</td></tr>
{% endfor %}</tbody>
</table>
<table>
{% for label, value in totals %}<tr><th>{{ label }}</th><td class="number">{{ value }}</td></tr>
{% endfor %}</table>
{% if mark.needs_person %}<p>{{ text.waiting }}</p>{% endif %}
{% if cells is none %}{% if not is_unreadable %}\
<p class="note">{{ text.no_notebook }}</p>{% endif %}{% else %}
<hr>
{% for cell in cells %}
{% if cell.label %}<p class="label">{{ cell.label }}</p>{% endif %}
{% if cell.is_code %}<div class="source{{ cell.theirs }}">\
<pre class="code">{{ cell.body }}</pre></div>
{% else %}<div class="written{{ cell.theirs }}">{{ cell.body }}</div>{% endif %}
{% for output in cell.outputs %}<div class="output">{{ output }}</div>
{% endfor %}
{% if cell.question %}<div class="result"><strong>{{ cell.question.id }}: \
{{ cell.question.result }}, {{ cell.question.points }}</strong>
{% if cell.has_hidden %}<p class="note">{{ text.hidden_tests }}</p>{% endif %}
{% if cell.question.message %}<p class="label">{{ text.check_says }}</p>
<pre>{{ cell.question.message }}</pre>{% endif %}
{% if cell.question.comment %}<p class="label">{{ text.comment }}</p>
{{ cell.question.comment }}{% endif %}</div>{% endif %}
{% endfor %}
{% endif %}
</body>
</html>
"""
