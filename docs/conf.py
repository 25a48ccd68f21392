"""What Sphinx is told. Pages are gathered by `build.py`; see there."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

project = "Pretrained models"
language = "en"
extensions = ["myst_nb", "docs.mathml", "docs.editions", "docs.chinese_search"]
templates_path = ["_templates"]
exclude_patterns = ["download"]

# The notebooks come with their outputs.
nb_execution_mode = "off"
nb_merge_streams = True
# Plots say nothing about themselves to those who can't see them; better than a file name.
nb_render_image_options = {"alt": "what the code above draws"}
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3
# Lessons write quotes and dashes as they mean them.
smartquotes = False

html_theme = "furo"
html_title = project
pygments_dark_style = "a11y-high-contrast-dark"
html_math_renderer = "mathml"
html_static_path = ["_static"]
html_css_files = ["course.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_use_index = False
html_domain_indices = False
