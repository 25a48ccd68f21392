"""An extension of Jupyter's server that `course lab` enables: a slider is saved as its figure.

A widget is gone with its kernel. In a notebook that is opened later JupyterLab would show an error
in its place, and not the picture that was saved beside it.
"""

from typing import Any

_WIDGET = "application/vnd.jupyter.widget-view+json"
_PICTURE = "image/png"


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": __name__}]


def _load_jupyter_server_extension(server: Any) -> None:
    def register() -> None:
        server.contents_manager.register_pre_save_hook(leave_widgets_out)

    # Once all extensions are loaded: jupytext's puts a contents manager of its own in place.
    server.io_loop.add_callback(register)


def leave_widgets_out(*, model: dict[str, Any], **kwargs: object) -> None:
    """Take widgets that are also pictures out of a notebook that is about to be saved.

    What the open page shows stays as it is.

    Args:
        model: Jupyter's description of the file, changed in place.
        kwargs: what else the server says about it.
    """
    if model.get("type") != "notebook":
        return
    for cell in model["content"].get("cells", []):
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if _PICTURE in data:
                data.pop(_WIDGET, None)
